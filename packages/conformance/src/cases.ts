import { abortCases } from './cases/aborts.ts';
import { badInputCases } from './cases/bad-input.ts';
import { midwayCrashCases } from './cases/crashes-midway.ts';
import { defaultCases } from './cases/defaults.ts';
import { disposalCases } from './cases/disposal.ts';
import { doorCases } from './cases/doors.ts';
import { ensuringCases } from './cases/ensuring.ts';
import { execCases } from './cases/exec.ts';
import { findingCases, ownershipCases } from './cases/finding.ts';
import { followingCases } from './cases/following.ts';
import { imageCases } from './cases/images.ts';
import { kubeFailureCases } from './cases/kube-failures.ts';
import { kubeCases } from './cases/kube.ts';
import { lifecycleCases } from './cases/lifecycle.ts';
import { limitCases } from './cases/limits.ts';
import { logCases } from './cases/logs.ts';
import { mountedImageCases } from './cases/mounted-images.ts';
import { mountCases } from './cases/mounts.ts';
import { crashCases, otherProcessCases } from './cases/other-processes.ts';
import { probeCases } from './cases/probe.ts';
import { runIdCases } from './cases/run-id.ts';
import { specFilesCases } from './cases/spec-files.ts';
import { specProcessCases } from './cases/spec-process.ts';
import { stoppingCases } from './cases/stopping.ts';
import { volumeCases } from './cases/volumes.ts';
import type { Case } from './case.ts';

/** Every case, by theme. */
export const cases: readonly Case[] = [
  ...probeCases,
  ...lifecycleCases,
  ...stoppingCases,
  ...specProcessCases,
  ...specFilesCases,
  ...mountCases,
  ...limitCases,
  ...defaultCases,
  ...imageCases,
  ...ensuringCases,
  ...mountedImageCases,
  ...logCases,
  ...followingCases,
  ...execCases,
  ...volumeCases,
  ...doorCases,
  ...findingCases,
  ...ownershipCases,
  ...runIdCases,
  ...otherProcessCases,
  ...crashCases,
  ...midwayCrashCases,
  ...disposalCases,
  ...abortCases,
  ...badInputCases,
  ...kubeCases,
  ...kubeFailureCases,
];
