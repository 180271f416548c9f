// `npm run fmt`: writes every file as the formatter wants it; with paths, only those.
import { runTool } from './tool.ts';

const { code, output } = await runTool('oxfmt', 'oxfmt', process.argv.slice(2));
process.stdout.write(output);
process.exitCode = code;
