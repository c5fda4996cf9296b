/** Text of a table file, and rows back into one. Pure. */

/** Bytes of a file as text: UTF-8, else what spreadsheets of western Europe write. */
export function textOf(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // UTF-16 begins with its mark.
    const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
    if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** A cell that no spreadsheet takes for a formula and no comma cuts. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvOf(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(cell).join(',')).join('\r\n');
}
