import { expect, it } from 'vitest';

import { versionsOf } from './root.ts';

it("reads the engines' versions from the names of their packages, epochs and revisions apart", () => {
  const files = [
    '/c/docker.io_20.10.24+dfsg1-1+deb12u1+b2_amd64.deb',
    '/c/podman_2%3a5.8.6+ds1-3_amd64.deb',
    '/c/apptainer_1.4.5-2_amd64.deb',
    '/c/podman-docker_1.0.0_amd64.deb',
  ];
  expect(versionsOf(files)).toEqual({ docker: '20.10.24', podman: '5.8.6', apptainer: '1.4.5' });
});

it('tells nothing of an engine that is not among them', () => {
  expect(versionsOf(['/c/runc_1.1.5_amd64.deb'])).toEqual({});
});
