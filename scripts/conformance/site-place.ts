import type { TestImages } from '@fairlead/lab';

/** What the worker in a site needs to know: plain JSON, because that is how it gets there. */
export interface SitePlace {
  readonly images: TestImages;
  /** Where the checks can make folders. */
  readonly folder: string;
}

const variable = 'FAIRLEAD_CONFORMANCE_SITE';

/** The environment that tells a worker its site. */
export function siteEnvironment(place: SitePlace): Readonly<Record<string, string>> {
  return { [variable]: JSON.stringify(place) };
}

/** The site of this worker. */
export function readSite(): SitePlace {
  const text = process.env[variable];
  if (text === undefined) throw new Error(`${variable} is not set: site-worker.ts is started by run-site.ts`);
  // `siteEnvironment` above is the only writer.
  return JSON.parse(text) as SitePlace;
}
