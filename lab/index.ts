export { readEndpoints, type Endpoint, type Endpoints, type Missing } from './endpoints.ts';
export type { TestImage, TestImages } from './images/test-images.ts';
export { findHostLeftovers, findLeftovers, takeSnapshot, type Snapshot } from './leftovers.ts';
export { openLab, type DiscoveredLab, type Lab, type OpenLabOptions, type OwnLab } from './open-lab.ts';
export { labPaths, type LabPaths } from './paths.ts';
export { describeRichSite } from './sites.ts';
export { targets, type Door, type Target } from './targets.ts';
