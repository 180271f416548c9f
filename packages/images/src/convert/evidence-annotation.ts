/** The annotation of a manifest made here that tells which evidence its configuration follows: `A` to `D`. */
export const evidenceAnnotation = 'io.fairlead.sif.evidence';
