import { describe, expect, it } from 'vitest';
import { runsPlatform } from './runs-platform.ts';

describe('runsPlatform', () => {
  it.each([
    ['amd64', 'amd64', 'linux', true],
    ['amd64', '386', 'linux', true],
    ['arm64', 'arm', 'linux', true],
    ['amd64', '', '', true],
    ['amd64', 'arm64', 'linux', false],
    ['amd64', 'arm', 'linux', false],
    ['386', 'amd64', 'linux', false],
    ['arm', 'arm64', 'linux', false],
    ['amd64', 'amd64', 'windows', false],
  ])('on linux/%s an image for %s, %s: %s', (host, architecture, os, runs) => {
    expect(runsPlatform({ os: 'linux', architecture: host }, { os, architecture })).toBe(runs);
  });
});
