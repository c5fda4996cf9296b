/** What this device remembers for itself: sounds, audio and video devices. Never sent anywhere. */

const KEY = 'waggle.device';

export interface DeviceSettings {
  sounds: boolean;
  volume: number;
  soundMessage: boolean;
  soundMention: boolean;
  soundRing: boolean;
  soundRingBack: boolean;
  soundBusy: boolean;
  soundJoined: boolean;
  soundLeft: boolean;
  notifications: boolean;
  notificationPreview: boolean;
  speakers: string;
  ringing: string;
  microphone: string;
  camera: string;
  mirror: boolean;
}

export const DEVICE_DEFAULTS: DeviceSettings = {
  sounds: true,
  volume: 0.7,
  soundMessage: true,
  soundMention: true,
  soundRing: true,
  soundRingBack: true,
  soundBusy: true,
  soundJoined: true,
  soundLeft: true,
  notifications: false,
  notificationPreview: true,
  speakers: '',
  ringing: '',
  microphone: '',
  camera: '',
  mirror: true,
};

/** What was stored, as far as it still fits: unknown names and wrong types fall back. */
export function readDevice(text: string | null): DeviceSettings {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? '{}');
  } catch {
    stored = {};
  }
  const found = (typeof stored === 'object' && stored !== null ? stored : {}) as Record<string, unknown>;
  const entries = Object.entries(DEVICE_DEFAULTS).map(([name, standard]) => {
    const value = found[name];
    return [name, typeof value === typeof standard ? value : standard];
  });
  return Object.fromEntries(entries) as DeviceSettings;
}

function load(): DeviceSettings {
  try {
    return readDevice(localStorage.getItem(KEY));
  } catch {
    return { ...DEVICE_DEFAULTS };
  }
}

export const device = $state(load());

export function saveDevice(): void {
  try {
    localStorage.setItem(KEY, JSON.stringify($state.snapshot(device)));
  } catch {
    // Lasts as long as the page.
  }
}
