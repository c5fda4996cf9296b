/** Lists of microphones, cameras and loudspeakers, with the words a select needs. */

export interface DeviceLists {
  audioinput: { value: string; label: string }[];
  audiooutput: { value: string; label: string }[];
  videoinput: { value: string; label: string }[];
}

/**
 * Before permission browsers give devices without names: those become "Microphone 2".
 * The pseudo devices "default" and "communications" repeat others; the empty value stands for the system's choice.
 */
export function listDevices(
  devices: readonly Pick<MediaDeviceInfo, 'deviceId' | 'kind' | 'label'>[],
  standard: string,
  numbered: (kind: MediaDeviceKind, n: number) => string,
): DeviceLists {
  const lists: DeviceLists = {
    audioinput: [{ value: '', label: standard }],
    audiooutput: [{ value: '', label: standard }],
    videoinput: [{ value: '', label: standard }],
  };
  for (const { kind, deviceId, label } of devices) {
    if (!deviceId || deviceId === 'default' || deviceId === 'communications') continue;
    const list = lists[kind];
    list.push({ value: deviceId, label: label || numbered(kind, list.length) });
  }
  return lists;
}

/** Loudness of a block of samples, 0 to 1: −60 dB is nothing, 0 dB everything. */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  const db = 20 * Math.log10(rms || 1e-6);
  return Math.min(1, Math.max(0, (db + 60) / 60));
}
