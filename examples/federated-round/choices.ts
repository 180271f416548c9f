// A site that has every engine: shows how the choice changes with the form of what it is given.
import { select } from 'fairlead';
import { explainChoice } from './explain-choice.ts';

// The coordinator writes the argument; both ends are of one version.
for (const [label, path] of Object.entries(JSON.parse(process.argv[2] ?? '{}') as Readonly<Record<string, string>>)) {
  await using manager = await select(path);
  const probe = await manager.probe();
  const { format, why } = explainChoice(manager.selection);
  const version = probe.usable ? `${probe.engine} ${probe.version}` : '';
  process.stdout.write(
    `  ${label.padEnd(14)} ${format.padEnd(14)} ${manager.backend.padEnd(12)} ${version.padEnd(27)} ${why}\n`,
  );
}
