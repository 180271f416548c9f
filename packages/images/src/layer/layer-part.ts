/** Some of a layer's tar, and what stands for it where the layer is compressed. */
export interface LayerPart {
  readonly tar: Uint8Array;
  readonly packed: readonly Uint8Array[];
}
