// Plays a Kubernetes Pod on whatever engine here plays manifests, and takes it down again.
//   kube-pod.ts [MANIFEST]   MANIFEST: a file; it is played byte for byte. Default: the Pod below.
import { select, type KubeInput } from 'fairlead';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'fairlead-example' },
  spec: {
    restartPolicy: 'Never',
    containers: [
      { name: 'hello', image: 'docker.io/library/busybox:latest', command: ['echo', 'hello from a pod'] },
      { name: 'date', image: 'docker.io/library/busybox:latest', command: ['date'] },
    ],
  },
};
const [file] = process.argv.slice(2);
const manifest: KubeInput = file === undefined ? { objects: [pod] } : { file };

await using manager = await select(manifest);
// Disposing the play removes what it made, by id; a pod of the same name that was there stays.
await using play = await manager.playKube(manifest);
for await (const { container, text } of play.logs({ follow: true })) console.log(`${container}: ${text}`);
const { code, containers } = await play.wait();
for (const { name, exit } of containers) console.log(`${name} ended with ${exit.reason}`);
process.exitCode = code ?? 1;
