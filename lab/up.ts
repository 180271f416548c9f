// `npm run lab:up`: brings the lab up and leaves it running, until `npm run lab:down`.
import { openLab } from './open-lab.ts';

await using lab = await openLab({ keep: true });
if (lab.kind === 'own') process.stdout.write(`${lab.paths.endpoints}\n`);
