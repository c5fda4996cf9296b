/** Our sounds, drawn with oscillators: nothing to load, nothing to license. */
import { device } from './device.svelte.ts';

export type Sound = 'message' | 'mention' | 'ring' | 'ringBack' | 'busy' | 'joined' | 'left';

interface Tone {
  /** Hertz; several sound together. */
  at: number[];
  from: number;
  for: number;
  loud?: number;
}

const SCORES: Record<Sound, Tone[]> = {
  message: [
    { at: [880], from: 0, for: 0.09 },
    { at: [1174.7], from: 0.08, for: 0.16 },
  ],
  mention: [
    { at: [880], from: 0, for: 0.08 },
    { at: [1174.7], from: 0.09, for: 0.08 },
    { at: [1568], from: 0.18, for: 0.2 },
  ],
  ring: [0, 0.24, 0.48, 0.72].flatMap((from) => [
    { at: [659.3, 987.8], from, for: 0.11 },
    { at: [784, 1174.7], from: from + 0.12, for: 0.11 },
  ]),
  ringBack: [{ at: [425], from: 0, for: 1 }],
  busy: [0, 0.4, 0.8].map((from) => ({ at: [425], from, for: 0.2 })),
  joined: [
    { at: [587.3], from: 0, for: 0.12 },
    { at: [880], from: 0.1, for: 0.2 },
  ],
  left: [
    { at: [880], from: 0, for: 0.12 },
    { at: [587.3], from: 0.1, for: 0.2 },
  ],
};

export const SOUND_SWITCH = {
  message: 'soundMessage',
  mention: 'soundMention',
  ring: 'soundRing',
  ringBack: 'soundRingBack',
  busy: 'soundBusy',
  joined: 'soundJoined',
  left: 'soundLeft',
} as const satisfies Record<Sound, keyof typeof device>;

let context: AudioContext | undefined;

/** Chooses the loudspeaker of a context, where the browser can. */
async function route(audio: AudioContext, sink: string): Promise<void> {
  const able = audio as AudioContext & { setSinkId?: (id: string) => Promise<void> };
  try {
    await able.setSinkId?.(sink);
  } catch {
    // The device is gone; the standard one serves.
  }
}

/** Plays a sound as the settings of this device say. `test` plays it whatever the switches say. Resolves when it ends. */
export async function playSound(
  sound: Sound,
  options: { test?: boolean; quiet?: boolean } = {},
): Promise<void> {
  if (!options.test && (options.quiet || !device.sounds || !device[SOUND_SWITCH[sound]])) return;
  context ??= new AudioContext();
  if (context.state === 'suspended') await context.resume();
  await route(context, sound === 'ring' ? device.ringing : device.speakers);
  const start = context.currentTime + 0.02;
  let end = start;
  for (const tone of SCORES[sound]) {
    const gain = context.createGain();
    const level = (device.volume * (tone.loud ?? 1) * 0.35) / tone.at.length;
    const from = start + tone.from;
    const to = from + tone.for;
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(level, from + 0.012);
    gain.gain.setValueAtTime(level, Math.max(from + 0.012, to - 0.05));
    gain.gain.linearRampToValueAtTime(0, to);
    gain.connect(context.destination);
    for (const frequency of tone.at) {
      const oscillator = context.createOscillator();
      oscillator.frequency.value = frequency;
      oscillator.connect(gain);
      oscillator.start(from);
      oscillator.stop(to);
    }
    end = Math.max(end, to);
  }
  await new Promise((resolve) => setTimeout(resolve, (end - start) * 1000 + 60));
}
