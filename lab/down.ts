// `npm run lab:down`: stops the lab and leaves nothing running.
import { closeLab } from './open-lab.ts';

await closeLab();
