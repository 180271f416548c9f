import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Site } from '../../lab/sites.ts';
import { parseSiteMessage, type RoundRequest, type SiteJob, type SiteMessage } from './protocol.ts';

/** A site that has chosen its engine. */
export interface SiteProcess extends AsyncDisposable {
  readonly job: SiteJob;
  readonly ready: Extract<SiteMessage, { event: 'ready' }>;
  /** What the algorithm wrote in that round, and how long the site took. */
  compute(request: RoundRequest): Promise<{ readonly text: string; readonly milliseconds: number }>;
}

/** A site that found no engine for what it was given. */
export interface MissingSite {
  readonly job: SiteJob;
  readonly reason: string;
}

const script = fileURLToPath(new URL('site.ts', import.meta.url));
/** How long a site may take to clear up once nothing more is asked of it, in milliseconds. */
const clearingMs = 30_000;

/** Starts a site's process and waits for its choice. */
export async function startSite(place: Pick<Site, 'enter'>, job: SiteJob): Promise<SiteProcess | MissingSite> {
  const [file, ...args] = [
    ...place.enter,
    process.execPath,
    '--conditions=@fairlead/source',
    script,
    JSON.stringify(job),
  ];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  // A site that has ended takes no request; that it has ended is told where its answer is read.
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await once(child, 'spawn');
  try {
    const first = await nextMessage(job, lines);
    if (first.event === 'ready') return siteProcess(child, { job, ready: first, lines });
    if (first.event !== 'missing') throw new Error(`${job.name} said ${first.event} first`);
    await end(child);
    return { job, reason: first.reason };
  } catch (error) {
    child.kill();
    throw error;
  }
}

interface Conversation {
  readonly job: SiteJob;
  readonly ready: SiteProcess['ready'];
  readonly lines: AsyncIterator<string>;
}

type Child = ChildProcess & { readonly stdin: NonNullable<ChildProcess['stdin']> };

function siteProcess(child: Child, { job, ready, lines }: Conversation): SiteProcess {
  let waiting = false;
  return {
    job,
    ready,
    async compute(request) {
      waiting = true;
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const answer = await nextMessage(job, lines);
      waiting = false;
      if (answer.event !== 'gradient' || answer.round !== request.round)
        throw new Error(`${job.name} did not answer round ${request.round}`);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      const how = await end(child);
      // A site that failed in a round has been told by the round.
      if (how !== 0 && !waiting) throw new Error(`${job.name} could not clear up: its process ended with ${how}`);
    },
  };
}

async function nextMessage(job: SiteJob, lines: AsyncIterator<string>): Promise<SiteMessage> {
  const { done, value } = await lines.next();
  if (done === true) throw new Error(`the process of ${job.name} ended; what it said is above`);
  return parseSiteMessage(value);
}

/** Asks nothing more of a site and waits until it has cleared up. @returns its exit code, or the signal that ended it */
async function end(child: Child): Promise<number | string> {
  child.stdin.end();
  if (child.exitCode === null && child.signalCode === null) {
    const timer = setTimeout(() => child.kill(), clearingMs);
    await once(child, 'exit');
    clearTimeout(timer);
  }
  return child.exitCode ?? child.signalCode ?? 'no code';
}
