import { constants } from 'node:os';

/** First and last real-time signal inside a container: those of the kernel and the C libraries on Linux. */
const realTimeMin = 34;
const realTimeMax = 64;

/** The number of a signal such as `SIGINT`, `SIGRTMIN+3` or `SIGRTMAX-1` on Linux, or undefined if there is none. */
export function signalNumber(name: string): number | undefined {
  const realTime = /^SIGRT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime === null) return Object.entries(constants.signals).find(([known]) => known === name)?.[1];
  const [, end, sign, distance = '0'] = realTime;
  const number = (end === 'MIN' ? realTimeMin : realTimeMax) + (sign === '-' ? -1 : 1) * Number(distance);
  return number >= realTimeMin && number <= realTimeMax ? number : undefined;
}
