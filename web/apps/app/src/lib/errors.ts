import { ApiError } from '@waggle/client/http';
import { t, tMaybe } from '@waggle/i18n';

/**
 * An error as a sentence for a person: our words for its code, else the server's, and a reference when it is our fault.
 * `missing` is said where the server knows nothing of what was asked.
 */
export function explain(error: unknown, missing?: string): string {
  if (!(error instanceof ApiError)) {
    console.error(error);
    return t('error.unexpected');
  }
  if (missing !== undefined && (error.status === 404 || error.status === 405)) return missing;
  const values: Record<string, string | number> = {
    minutes: Math.max(1, Math.ceil((error.retryAfter ?? 60) / 60)),
  };
  for (const [name, value] of Object.entries(error.details ?? {})) {
    if (typeof value === 'string' || typeof value === 'number') values[name] = value;
  }
  let sentence: string | null = null;
  try {
    sentence = tMaybe(`error.${error.code}`, values);
  } catch {
    // The sentence names a detail that the server did not send.
  }
  sentence ??= error.message || t('error.unexpected');
  return error.reference ? `${sentence} ${t('error.reference', { reference: error.reference })}` : sentence;
}

/** For what comes as a code inside an answer, such as why an address was refused. */
export function explainCode(code: string): string {
  try {
    return tMaybe(`error.${code}`) ?? code;
  } catch {
    return code;
  }
}

export function codeOf(error: unknown): string {
  return error instanceof ApiError ? error.code : 'unexpected';
}
