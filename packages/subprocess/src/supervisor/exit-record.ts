/** How a supervised engine ended. */
export interface ExitRecord {
  readonly code: number;
  /** Seconds since the host's boot, as /proc/uptime tells them: counts suspension, never jumps. */
  readonly uptimeSeconds: number;
}

/** What an exit file holds before its end: room, so that a full disk cannot lose the code (S9). */
export const paddedExit: string = `${' '.repeat(63)}\n`;

/** The end that an exit file tells; undefined for one that is not written to its line's end. */
export function parseExit(text: string): ExitRecord | undefined {
  const match = /^v1 +(\d{1,3}) (\d+\.\d+)\n/.exec(text);
  if (match === null) return undefined;
  return { code: Number(match[1]), uptimeSeconds: Number(match[2]) };
}
