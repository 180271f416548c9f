import { describe, expect, it } from 'vitest';
import { listed, systemError } from './failure.ts';

describe('systemError', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['ENOENT', 'IMAGE_NOT_FOUND'],
    ['ENOTDIR', 'IMAGE_NOT_FOUND'],
    ['EACCES', 'ACCESS_DENIED'],
    ['EPERM', 'ACCESS_DENIED'],
    ['ELOOP', 'INVALID_IMAGE'],
    ['ENAMETOOLONG', 'INVALID_IMAGE'],
    ['EIO', 'ENGINE_FAILURE'],
    ['constructor', 'ENGINE_FAILURE'],
  ];
  it.each(cases)('turns %s into %s, with path and cause', (errno, code) => {
    const cause = Object.assign(new Error('said by the system'), { code: errno });
    const error = systemError('/a/b', cause);
    expect(error).toMatchObject({ code, cause, details: { path: '/a/b', errno } });
    expect(error.message).toContain('"/a/b"');
  });
});

describe('listed', () => {
  it('shows twenty of many, shortened', () => {
    expect(listed([])).toBe('nothing');
    expect(listed(['a', 'b'])).toBe('"a", "b"');
    const many = listed(Array.from({ length: 1000 }, () => 'x'.repeat(1000)));
    expect(many).toMatch(/and 980 more$/);
    expect(many.length).toBeLessThan(5000);
  });
});
