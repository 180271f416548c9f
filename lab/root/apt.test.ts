import { expect, it } from 'vitest';

import { aptConfig } from './apt.ts';

it("takes the host's proxies and none of its hooks", () => {
  const config = aptConfig('/lab', 'Acquire::http::Proxy "http://p:1";\nAPT::Update::Post-Invoke:: "rm -f /x";\n');
  expect(config).toContain('Acquire::http::Proxy "http://p:1";');
  expect(config).not.toContain('Post-Invoke');
});

it('puts every state, cache and log of apt below its folder', () => {
  const places = aptConfig('/lab', '').matchAll(/^Dir::(?:State|Cache|Log)\S* "([^"]*)";$/gm);
  for (const [, place] of places) expect(place).toMatch(/^\/lab(\/|$)/);
});
