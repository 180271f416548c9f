// Runs a command in a container on whatever engine this machine has, and prints what it says.
import { select } from 'fairlead';

const image = process.argv[2] ?? 'docker.io/library/busybox:latest';
await using manager = await select(image);
await using container = await manager.run({ image, command: ['echo', 'hello from', manager.backend] });
for await (const line of container.logs({ follow: true })) console.log(line.stream, line.text);
const exit = await container.wait();
console.log(exit.reason, exit.code);
