/** Brings the bytes of a file to the server in pieces of 1 MiB, and goes on where it stopped after a break. */
import type { FileView } from '@waggle/protocol';
import { appendFile, createFile, setPoster } from './chat.ts';
import { ApiError } from './http.ts';
import type { PendingFile, UploadProgress } from './outbox.ts';

export const PIECE_BYTES = 1 << 20;

export async function uploadFile(
  conversationId: string,
  file: PendingFile,
  progress: (progress: UploadProgress) => void,
  signal: AbortSignal,
): Promise<FileView> {
  const { blob } = file;
  if (!blob) throw new ApiError('file_incomplete', 'The bytes are not here any more.', { status: 409 });
  // The client id makes this the same file however often it is announced; the answer says where to go on.
  const announced = await createFile(
    {
      conversation_id: conversationId,
      client_id: file.client_id,
      name: file.name,
      size_bytes: file.size_bytes,
      media_type: file.media_type,
    },
    { signal },
  );
  let received = announced.received_bytes;
  let rate = 0;
  let misplaced = 0;
  progress({ received_bytes: received, rate });
  while (received < blob.size) {
    const started = performance.now();
    try {
      const piece = blob.slice(received, received + PIECE_BYTES);
      const answer = await appendFile(announced.file.id, received, piece, signal);
      const seconds = Math.max(0.001, (performance.now() - started) / 1000);
      const now = (answer.received_bytes - received) / seconds;
      rate = rate === 0 ? now : rate * 0.7 + now * 0.3;
      received = answer.received_bytes;
      misplaced = 0;
      progress({ received_bytes: received, rate });
    } catch (error) {
      const place =
        error instanceof ApiError && error.code === 'file_offset'
          ? error.number('received_bytes')
          : undefined;
      if (place === undefined || (misplaced += 1) > 3) throw error;
      received = place;
    }
  }
  if (!file.poster) return announced.file;
  try {
    return (await setPoster(announced.file.id, file.poster, signal)).file;
  } catch (error) {
    // A film without its picture is a film all the same; a lost connection is tried again with the send.
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) return announced.file;
    throw error;
  }
}
