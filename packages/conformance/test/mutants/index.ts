import { disposalMutants } from './disposal-mutants.ts';
import { ensuringMutants } from './ensuring-mutants.ts';
import { execMutants } from './exec-mutants.ts';
import { findingMutants, runIdMutants, volumeMutants } from './estate-mutants.ts';
import { imageMutants } from './image-mutants.ts';
import { inputMutants } from './input-mutants.ts';
import { kubeMutants } from './kube-mutants.ts';
import { lifecycleMutants, stoppingMutants } from './lifecycle-mutants.ts';
import { followingMutants, logMutants } from './log-mutants.ts';
import { mountedMutants } from './mounted-mutants.ts';
import { midwayMutants } from './midway-mutants.ts';
import type { Mutant } from './mutant.ts';
import { abortMutants, processesMutants } from './session-mutants.ts';
import { defaultMutants, fileMutants, limitMutants, processMutants } from './spec-mutants.ts';

export type { Mutant } from './mutant.ts';

/** Every mutant. */
export const mutants: readonly Mutant[] = [
  ...lifecycleMutants,
  ...stoppingMutants,
  ...processMutants,
  ...fileMutants,
  ...limitMutants,
  ...defaultMutants,
  ...imageMutants,
  ...ensuringMutants,
  ...mountedMutants,
  ...logMutants,
  ...followingMutants,
  ...execMutants,
  ...volumeMutants,
  ...findingMutants,
  ...runIdMutants,
  ...processesMutants,
  ...midwayMutants,
  ...disposalMutants,
  ...abortMutants,
  ...inputMutants,
  ...kubeMutants,
];
