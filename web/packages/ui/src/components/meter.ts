/** Level meter: which cells are lit, and where the peak stands. Pure. */

export interface Cell {
  lit: boolean;
  zone: 'ok' | 'warm' | 'hot';
  peak: boolean;
}

/** Green, amber from 70 %, red from 86 %. */
export function cellsOf(level: number, peak: number, count: number): Cell[] {
  const lit = Math.round(clamp(level) * count);
  const peakAt = Math.round(clamp(peak) * count) - 1;
  return Array.from({ length: count }, (_, i) => {
    const share = (i + 1) / count;
    return {
      lit: i < lit,
      zone: share > 0.86 ? 'hot' : share > 0.7 ? 'warm' : 'ok',
      peak: i === peakAt && i >= lit,
    };
  });
}

export function clamp(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}

/** Holds a peak for a second, then lets it fall. */
export class PeakHold {
  #peak = 0;
  #since = 0;

  at(level: number, now: number): number {
    if (level >= this.#peak || now - this.#since > 1000) {
      this.#peak = level;
      this.#since = now;
    }
    return this.#peak;
  }
}
