/** Whether something has the shape of a full address. The server decides; this only spares a round trip. */
export function looksLikeEmail(text: string): boolean {
  return /^[^\s@<>,;"]+@[^\s@<>,;".]+(\.[^\s@<>,;".]+)+$/.test(text);
}

/** Addresses out of pasted text: lines, commas, "Name <address>". */
export function splitAddresses(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .map((part) => part.replace(/^[<("']+|[>)"'.]+$/g, ''))
    .filter((part) => part.includes('@'));
}
