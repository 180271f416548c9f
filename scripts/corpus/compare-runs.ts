import type { KnownDifferences } from './run-cases.ts';
import type { RunReport } from './run-report.ts';

/**
 * What differs between a run of Apptainer and one of the converted image, and is not known to; and what is known to
 * differ, and does not any more.
 */
export function compareRuns(apptainer: RunReport, converted: RunReport, known: KnownDifferences): readonly string[] {
  const complaints: string[] = [];
  for (const key of new Set([...apptainer.keys(), ...converted.keys(), ...Object.keys(known)])) {
    const [theirs, ours] = [apptainer.get(key), converted.get(key)];
    const difference = known[key];
    if (difference === undefined) {
      if (theirs !== ours)
        complaints.push(`${key}: Apptainer shows ${shown(theirs)}, the converted image ${shown(ours)}`);
      continue;
    }
    if (difference.apptainer !== theirs) {
      complaints.push(`${key}: Apptainer was known to show ${shown(difference.apptainer)}, and shows ${shown(theirs)}`);
    }
    if (difference.converted !== ours) {
      complaints.push(
        `${key}: the converted image should show ${shown(difference.converted)}, and shows ${shown(ours)}`,
      );
    }
  }
  return complaints;
}

function shown(text: string | undefined): string {
  return text === undefined ? 'nothing' : JSON.stringify(text);
}
