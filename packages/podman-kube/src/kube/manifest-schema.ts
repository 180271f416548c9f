import { lazily } from '@fairlead/core/backend';
import { z } from 'zod';

/** Those fields of a pod's spec that decide whether and how it can be played; others are podman's matter. */
export interface PodSpec {
  readonly containers: readonly PodContainer[];
  readonly initContainers?: readonly PodContainer[] | null | undefined;
  readonly volumes?: readonly PodVolume[] | null | undefined;
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never' | null | undefined;
  readonly hostNetwork?: boolean | null | undefined;
}

/** A container, with its references to secrets. */
export interface PodContainer {
  readonly name: string;
  readonly env?:
    | readonly { readonly valueFrom?: { readonly secretKeyRef?: object | undefined } | null | undefined }[]
    | null
    | undefined;
  readonly envFrom?: readonly { readonly secretRef?: object | undefined }[] | null | undefined;
}

/** A volume, by what it is made of. */
export interface PodVolume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string } | undefined;
  readonly configMap?: { readonly name?: string | undefined } | undefined;
  readonly secret?: { readonly secretName?: string | undefined } | undefined;
  readonly emptyDir?: unknown;
  readonly hostPath?: { readonly path: string; readonly type?: string | null | undefined } | undefined;
}

/** What every document of a manifest has. */
export interface DocumentHead {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The schema of what every document has. */
export const documentSchema: () => z.ZodType<DocumentHead> = lazily(() =>
  z.object({
    apiVersion: z.string().min(1),
    kind: z.string().min(1),
    metadata: z.object({ name: z.string().min(1) }),
  }),
);

/** The schema that takes a document of this kind and gives the spec of its pod. */
export function workloadSchema(kind: string): z.ZodType<PodSpec> {
  return kind === 'Pod' ? bare() : templated();
}

const containerSchema: () => z.ZodType<PodContainer> = lazily(() => {
  const reference = z.object({ name: z.string().optional() });
  const valueFrom = z.object({ secretKeyRef: reference.optional() }).nullish();
  return z.object({
    name: z.string().min(1),
    image: z.string().min(1),
    env: z.array(z.object({ name: z.string(), valueFrom })).nullish(),
    envFrom: z.array(z.object({ secretRef: reference.optional() })).nullish(),
  });
});

const volumeSchema: () => z.ZodType<PodVolume> = lazily(() =>
  z.object({
    name: z.string().min(1),
    persistentVolumeClaim: z.object({ claimName: z.string().min(1) }).optional(),
    configMap: z.object({ name: z.string().optional() }).optional(),
    secret: z.object({ secretName: z.string().optional() }).optional(),
    emptyDir: z.unknown().optional(),
    hostPath: z.object({ path: z.string().min(1), type: z.string().nullish() }).optional(),
  }),
);

const podSchema: () => z.ZodType<PodSpec> = lazily(() =>
  z.object({
    containers: z.array(containerSchema()).min(1, 'a pod without containers would run for ever'),
    initContainers: z.array(containerSchema()).nullish(),
    volumes: z.array(volumeSchema()).nullish(),
    restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).nullish(),
    hostNetwork: z.boolean().nullish(),
  }),
);

const bare: () => z.ZodType<PodSpec> = lazily(() => z.object({ spec: podSchema() }).transform(({ spec }) => spec));

const templated: () => z.ZodType<PodSpec> = lazily(() =>
  z
    .object({ spec: z.object({ template: z.object({ spec: podSchema() }) }) })
    .transform(({ spec }) => spec.template.spec),
);
