// The desk's time: whole milliseconds since the midnight that day 1 begins with. Day 1 is a Monday.

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Returns the milliseconds since midnight of a time such as `08:30`. */
export function timeOfDay(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return hours * HOUR + minutes * MINUTE;
}

/** Returns a moment of its day: `09:42`, or `09:42:05`. */
export function clock(at: number, seconds = false): string {
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  const inDay = at % DAY;
  const minutes = `${two(inDay / HOUR)}:${two((inDay % HOUR) / MINUTE)}`;
  return seconds ? `${minutes}:${two((inDay % MINUTE) / SECOND)}` : minutes;
}

/** Returns a moment as people say it: `day 2, 14:05:30`. */
export function clockFace(at: number): string {
  return `day ${Math.floor(at / DAY) + 1}, ${clock(at, true)}`;
}

/** Returns a length of time as people say it: `45 s`, `3 min 20 s`, `2 h 05 min`. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / SECOND);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
