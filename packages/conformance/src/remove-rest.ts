import type { ContainerManager, Supports } from '@fairlead/core';

/** Removes what the library still lists for an owner, and tells what that was. */
export async function removeRest(manager: ContainerManager, supports: Supports): Promise<readonly string[]> {
  const left: string[] = [];
  const limit = { timeoutMs: 60_000 };
  for await (const { id, name } of manager.list({}, limit)) {
    left.push(`container ${name}`);
    await manager.remove(id, limit);
  }
  if (supports.kube.kind !== 'unsupported') {
    for (const { id } of await manager.kube.list(limit)) {
      left.push(`play ${id}`);
      await (await manager.kube.get(id, limit)).down(limit);
    }
  }
  if (supports.volumes.kind !== 'unsupported') {
    for (const { name } of await manager.volumes.list(limit)) {
      left.push(`volume ${name}`);
      await manager.volumes.remove(name, limit);
    }
  }
  await manager[Symbol.asyncDispose]();
  return left;
}
