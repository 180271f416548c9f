import { describe, expect, it } from 'vitest';
import { openEstate, toLabelValue } from './estate.ts';
import { label, labelPrefix, ownLabels } from './labels.ts';

describe('toLabelValue', () => {
  it.each(['a', 'Me', 'a-b_c.d', 'a'.repeat(63)])('leaves %s as it is', (text) => {
    expect(toLabelValue(text)).toBe(text);
  });

  it.each(['', '-a', 'a-', 'a b', 'ä', 'a'.repeat(64), 'x/y'])(
    'turns %j into x- and 40 hex digits of its hash',
    (text) => {
      expect(toLabelValue(text)).toMatch(/^x-[0-9a-f]{40}$/);
      expect(toLabelValue(text)).toBe(toLabelValue(text));
    },
  );

  it('keeps different texts apart', () => {
    expect(toLabelValue('a b')).not.toBe(toLabelValue('a c'));
  });
});

describe('openEstate', () => {
  it('is the user by default, and a session of its own each time', () => {
    const [one, other] = [openEstate(), openEstate()];
    expect(one.owner).toBe(other.owner);
    expect(one.owner).not.toBe('');
    expect(one.session.id).not.toBe(other.session.id);
  });

  it('refuses an empty owner and a relative state folder', () => {
    expect(() => openEstate({ owner: '' })).toThrow('the owner is empty');
    expect(() => openEstate({ stateFolder: 'state' })).toThrow('"state" is not an absolute path');
  });
});

describe('labels', () => {
  it('all begin alike, so that callers cannot write them, and are legal in Kubernetes (B17)', () => {
    for (const key of Object.values(label)) {
      expect(key.startsWith(labelPrefix)).toBe(true);
      expect(key.replace(labelPrefix, 'io.fairlead/')).toMatch(/^[a-z.]+\/[a-z-]+$/);
    }
  });

  it('of a session let any process find and judge what it made', () => {
    const estate = openEstate({ owner: 'a b' });
    const labels = ownLabels(estate);
    expect(labels[label.owner]).toBe(estate.ownerLabel);
    expect(labels[label.session]).toBe(estate.session.id);
    expect(JSON.parse(labels[label.sessionProof] ?? '')).toEqual(estate.session.proof);
  });
});
