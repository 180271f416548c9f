import { join } from 'node:path';
import type { BackendContainer } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import { label } from '../estate/labels.ts';
import { judgeSession } from '../estate/session.ts';
import { sweepLocks } from '../estate/state-lock.ts';
import type { ReapOptions, ReapReport } from '../manager.ts';
import { seek, type ManagerContext } from './context.ts';
import { forgetAbsent, forgetKept, isKept } from './kept.ts';
import { requireKnown } from './known-options.ts';
import { makerOf, type Maker } from './maker.ts';
import { listCopies, removeCopies } from './private-copies.ts';
import { removeFound } from './remove.ts';

/** Removes what sessions of this owner left that are proven dead, or named by the caller. */
export async function reap(context: ManagerContext, options: ReapOptions, call: BackendCall): Promise<ReapReport> {
  requireKnown('reap', options, ['assumeDead']);
  const { engineId, supports } = await context.probes.usable(call);
  const round: Round = { assumeDead: options.assumeDead ?? [], removed: [], left: [], present: new Set() };
  await reapContainers(context, round, call);
  if (supports.kube.kind !== 'unsupported') await reapPlays(context, round, call);
  round.removed.push(...((await context.backend.sweep?.(call)) ?? []));
  const { state, session } = context.estate;
  await state.requirePrivate();
  round.removed.push(...(await sweepLocks(join(state.path, 'locks'), session, call)));
  await reapCopies(context, engineId, call);
  await forgetAbsent(context.estate, engineId, round.present);
  return { removed: round.removed, left: round.left };
}

interface Round {
  readonly assumeDead: readonly string[];
  readonly removed: string[];
  readonly left: { readonly id: string; readonly reason: string }[];
  /** All that was seen, so that records of the rest can go. */
  readonly present: Set<string>;
}

async function reapContainers(context: ManagerContext, round: Round, call: BackendCall): Promise<void> {
  for (const found of await context.backend.list({ [label.owner]: context.estate.ownerLabel }, call)) {
    round.present.add(found.id);
    const work = (): Promise<void> => removeFound(context, found, call);
    await take(context, round, { id: found.id, session: sessionOf(found), maker: makerOf(context, found), work }, call);
  }
}

async function reapPlays(context: ManagerContext, round: Round, call: BackendCall): Promise<void> {
  const { kube } = context.backend;
  for (const { id, session } of (await kube?.list(call)) ?? []) {
    round.present.add(id);
    const maker = session.id === context.estate.session.id ? 'own' : judgeSession(session.proof);
    const work = async (): Promise<void> => {
      await kube?.down(id, call);
      await forgetKept(context.estate, id);
    };
    await take(context, round, { id, session: session.id, maker, work }, call);
  }
}

interface Leftover {
  readonly id: string;
  readonly session: string;
  readonly maker: Maker;
  readonly work: () => Promise<void>;
}

/** Removes one thing, or says why not; one that resists does not keep the others. */
async function take(context: ManagerContext, round: Round, leftover: Leftover, call: BackendCall): Promise<void> {
  const { id, session, work } = leftover;
  const maker = round.assumeDead.includes(session) && leftover.maker !== 'own' ? 'dead' : leftover.maker;
  if (maker === 'own') return;
  const kept = maker === 'dead' && (await isKept(context.estate, id));
  const reason = kept ? 'it was adopted or detached' : reasonToKeep(maker);
  if (reason !== undefined) {
    round.left.push({ id, reason });
    return;
  }
  try {
    await work();
    round.removed.push(id);
    round.present.delete(id);
  } catch (error) {
    call.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    round.left.push({ id, reason: `it could not be removed: ${why}` });
  }
}

function reasonToKeep(maker: Maker): string | undefined {
  if (maker === 'dead') return undefined;
  if (maker === 'live') return 'its session lives';
  return 'its session cannot be judged from here; name it in assumeDead if it is dead';
}

function sessionOf({ labels }: BackendContainer): string {
  return labels[label.session] ?? '';
}

/** Private copies of dead sessions whose container never came to be, or was removed by others. */
async function reapCopies(context: ManagerContext, engineId: string, call: BackendCall): Promise<void> {
  for (const copies of await listCopies(context.estate)) {
    if (copies.engineId !== engineId || judgeSession(copies.proof) !== 'dead') continue;
    const found = await seek(context, copies.container, call);
    const labels = { [label.call]: copies.call };
    if (found?.labels[label.call] !== copies.call) await removeCopies(context.estate, labels);
  }
}
