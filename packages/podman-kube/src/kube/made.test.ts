import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { ContainerRecord, ListedContainer } from '../records.ts';
import type { Listing } from './listing.ts';
import { guestsOf, missingOf, playAnnotation, selectMade } from './made.ts';
import type { Expected, ExpectedPod } from './play-record.ts';
import { leftovers } from './take-down.ts';

const podOf = (name: string, more: Partial<ExpectedPod> = {}): ExpectedPod => ({
  names: [name],
  restart: 'never',
  containers: ['c'],
  initContainers: [],
  marked: true,
  ...more,
});
const expectedOf = (pods: readonly ExpectedPod[], more: Partial<Expected> = {}): Expected => ({
  pods,
  volumes: [],
  secrets: [],
  paths: [],
  ...more,
});
const listingOf = (more: Partial<Listing>): Listing => ({
  pods: [],
  containers: [],
  volumes: [],
  secrets: [],
  ...more,
});
const containerOf = (id: string, name: string, pod: string, infra = false): ListedContainer => ({
  id,
  names: [name],
  labels: {},
  pod,
  podName: '',
  infra,
});

function recordOf(
  id: string,
  pod: string,
  mark: string | undefined,
  mountedVolumes: readonly string[] = [],
): ContainerRecord {
  return {
    id,
    name: id,
    image: '',
    createdAt: '',
    labels: {},
    annotations: mark === undefined ? {} : { [playAnnotation]: mark },
    user: '',
    pod,
    restartCount: 0,
    mountedVolumes,
    mountTargets: [],
    state: { status: 'running', exitCode: 0, error: '', oomKilled: false, startedAt: undefined, finishedAt: undefined },
  };
}

describe('selectMade', () => {
  it('finds pods and containers in the manifest’s order, without infra containers (H12)', () => {
    const listing = listingOf({
      pods: [
        { id: 'P2', name: 'b' },
        { id: 'P1', name: 'a' },
      ],
      containers: [
        containerOf('i', 'P1-infra', 'P1', true),
        containerOf('2', 'b-c', 'P2'),
        containerOf('1', 'a-c', 'P1'),
      ],
    });
    const records = [recordOf('1', 'P1', 'play'), recordOf('2', 'P2', 'play')];
    const made = selectMade({ playId: 'play', expected: expectedOf([podOf('a'), podOf('b')]), listing, records });
    assert.deepEqual(made.pods, [
      { id: 'P1', name: 'a' },
      { id: 'P2', name: 'b' },
    ]);
    assert.deepEqual(made.containers, [
      { id: '1', name: 'c', pod: 'a', restart: 'never' },
      { id: '2', name: 'c', pod: 'b', restart: 'never' },
    ]);
  });

  it('takes a pod without containers for its own, one whose container carries another mark or none for others’ (H31, K24)', () => {
    const listing = listingOf({
      pods: [
        { id: 'P1', name: 'empty' },
        { id: 'P2', name: 'other' },
        { id: 'P3', name: 'bare' },
      ],
      containers: [
        containerOf('i', 'P1-infra', 'P1', true),
        containerOf('2', 'other-c', 'P2'),
        containerOf('3', 'bare-c', 'P3'),
      ],
    });
    const records = [recordOf('2', 'P2', 'another'), recordOf('3', 'P3', undefined)];
    const expected = expectedOf([podOf('empty'), podOf('other'), podOf('bare')]);
    assert.deepEqual(selectMade({ playId: 'play', expected, listing, records }).pods, [{ id: 'P1', name: 'empty' }]);
  });

  it('takes an unmarked container for its own where podman hands no mark on: Deployment, DaemonSet, Job', () => {
    const listing = listingOf({ pods: [{ id: 'P1', name: 'd-pod' }], containers: [containerOf('1', 'd-pod-c', 'P1')] });
    const expected = expectedOf([podOf('d-pod', { names: ['d-pod', 'd-pod-0'], marked: false })]);
    const found = (mark: string | undefined) =>
      selectMade({ playId: 'play', expected, listing, records: [recordOf('1', 'P1', mark)] }).pods.length;
    assert.deepEqual([found(undefined), found('another')], [1, 0]);
  });

  it('finds volumes and secrets by name, and anonymous volumes by the containers that mount them', () => {
    const volume = (name: string, anonymous: boolean) => ({ name, labels: {}, anonymous, createdAt: 't' });
    const listing = listingOf({
      pods: [{ id: 'P1', name: 'a' }],
      containers: [containerOf('1', 'a-c', 'P1')],
      volumes: [volume('claim', false), volume('hash', true), volume('existing', false), volume('foreign', true)],
      secrets: [
        { id: 's', name: 'token' },
        { id: 't', name: 'foreign' },
      ],
    });
    const records = [recordOf('1', 'P1', 'play', ['claim', 'hash', 'existing'])];
    const expected = expectedOf([podOf('a')], { volumes: ['claim'], secrets: ['token'] });
    const made = selectMade({ playId: 'play', expected, listing, records });
    assert.deepEqual(
      made.volumes.map(({ name }) => name),
      ['claim', 'hash'],
    );
    assert.deepEqual(made.secrets, [{ id: 's', name: 'token' }]);
  });
});

describe('missingOf', () => {
  it('tells what a play that ended with 0 did not make', () => {
    const expected = expectedOf([podOf('a', { containers: ['c', 'd'] }), podOf('b')]);
    const made = {
      pods: [{ id: 'P1', name: 'a' }],
      containers: [{ id: '1', name: 'c', pod: 'a', restart: 'never' as const }],
      volumes: [],
      secrets: [],
    };
    assert.deepEqual(missingOf(expected, made), ['container a-d', 'pod b']);
  });
});

describe('guestsOf', () => {
  it('tells containers that others put into a pod (K44)', () => {
    const listing = listingOf({
      containers: [
        containerOf('i', 'P1-infra', 'P1', true),
        containerOf('1', 'a-c', 'P1'),
        containerOf('n', 'a-init', 'P1'),
        containerOf('g', 'guest', 'P1'),
      ],
    });
    const expected = expectedOf([podOf('a', { initContainers: ['init'] })]);
    assert.deepEqual(
      guestsOf({ id: 'P1', name: 'a' }, expected, listing).map(({ id }) => id),
      ['g'],
    );
  });
});

describe('leftovers', () => {
  it('tells what is still there by id, and takes another volume of the same name for another’s', () => {
    const made = {
      pods: [
        { id: 'P1', name: 'a' },
        { id: 'P2', name: 'b' },
      ],
      containers: [
        { id: '1', name: 'c', pod: 'a', restart: 'never' as const },
        { id: '2', name: 'c', pod: 'b', restart: 'never' as const },
      ],
      volumes: [
        { name: 'v', createdAt: 't1' },
        { name: 'w', createdAt: 't1' },
      ],
      secrets: [{ id: 's1', name: 's' }],
    };
    const listing = listingOf({
      pods: [
        { id: 'P1', name: 'a' },
        { id: 'P9', name: 'b' },
      ],
      containers: [containerOf('1', 'a-c', 'P1'), containerOf('2', 'b-c', 'P2')],
      volumes: [
        { name: 'v', labels: {}, anonymous: false, createdAt: 't1' },
        { name: 'w', labels: {}, anonymous: false, createdAt: 't2' },
      ],
      secrets: [{ id: 's2', name: 's' }],
    });
    assert.deepEqual(leftovers(made, listing), ['pod a', 'volume v']);
    assert.deepEqual(leftovers(made, listingOf({})), []);
  });
});
