import { expect, it } from 'vitest';
import { describeTargets } from './describe-targets.ts';
import { labPaths } from './paths.ts';
import { describeRichSite, describeSites } from './sites.ts';

const versions = { docker: '28.5.2', podman: '5.8.6', apptainer: '1.4.5' };
const paths = labPaths({ FAIRLEAD_LAB_DIR: '/lab' });
const endpoints = describeTargets(paths, [{ suite: 'sid', folder: '/sid', versions }]);

it('gives each of four sites an engine of its own, and one of them a twin with another engine', () => {
  const sites = describeSites(endpoints);
  const own = sites.filter(({ twinOf }) => twinOf === undefined);
  expect(new Set(own.map(({ enter }) => enter.join(' '))).size).toBe(4);
  expect(own.filter(({ manifest }) => manifest)).toHaveLength(1);
  const twin = sites.find(({ twinOf }) => twinOf !== undefined);
  const original = own.find(({ name }) => name === twin?.twinOf);
  expect(twin?.image).toBe(original?.image);
  expect(twin?.enter).not.toEqual(original?.enter);
});

it('says the same after it was written to a file and read', () => {
  const written = { sites: describeSites(endpoints), rich: describeRichSite(endpoints) };
  expect(JSON.parse(JSON.stringify(written))).toEqual(written);
});

it('leaves out the site whose engine is missing', () => {
  const some = endpoints.filter(({ engine }) => engine !== 'apptainer');
  expect(describeSites(some)).toHaveLength(describeSites(endpoints).length - 1);
  expect(describeRichSite(some)).toBeUndefined();
});
