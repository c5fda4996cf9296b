/** The first picture of a film, drawn by the browser that sends it: the server never decodes films. */

const WIDTH = 640;
const HEIGHT = 400;
/** A film that shows nothing by then is sent without. */
const PATIENCE_MS = 5_000;

/** A JPEG of an early frame, or null when this browser cannot play the film. */
export async function drawPoster(film: Blob): Promise<Blob | null> {
  const video = document.createElement('video');
  const url = URL.createObjectURL(film);
  try {
    video.muted = true;
    video.playsInline = true;
    video.preload = 'auto';
    await reached(video, 'loadeddata', () => (video.src = url));
    // The very first frame is often black.
    const at = Math.min(1, (Number.isFinite(video.duration) ? video.duration : 0) / 4);
    if (at > 0) await reached(video, 'seeked', () => (video.currentTime = at));
    const scale = Math.min(1, WIDTH / video.videoWidth, HEIGHT / video.videoHeight);
    const sheet = document.createElement('canvas');
    sheet.width = Math.max(1, Math.round(video.videoWidth * scale));
    sheet.height = Math.max(1, Math.round(video.videoHeight * scale));
    sheet.getContext('2d')?.drawImage(video, 0, 0, sheet.width, sheet.height);
    return await new Promise((resolve) => sheet.toBlob(resolve, 'image/jpeg', 0.85));
  } catch {
    return null;
  } finally {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  }
}

function reached(video: HTMLVideoElement, event: 'loadeddata' | 'seeked', begin: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the film shows nothing')), PATIENCE_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    video.addEventListener(event, done, { once: true });
    video.addEventListener('error', () => reject(new Error('the film cannot be played')), { once: true });
    begin();
  });
}
