// Runs one TypeScript file of this repository under the Node 24 of node_modules, and installs first what that
// needs. Plain JavaScript without dependencies, because a clean clone has only the machine's Node (20 or newer)
// and npm. Usage: node scripts/bootstrap.mjs FILE.ts [arguments]
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const tools = path.join(root, '.tools');
const modules = path.join(root, 'node_modules');
const installedMark = path.join(modules, '.fairlead-installed');
const lockFile = path.join(tools, 'bootstrap.lock');
const node24 = path.join(modules, 'node', 'bin', 'node');
const pnpmVersion = '12.21.0';
const pnpmFolder = path.join(tools, `pnpm-${pnpmVersion}`);
const pnpm = path.join(pnpmFolder, 'node_modules', 'pnpm', 'bin', 'pnpm.mjs');
const pnpmMark = path.join(pnpmFolder, 'complete');
const sourceCondition = '--conditions=@fairlead/source';

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bootstrap: ${error.message}\n`);
  process.exitCode = 1;
}

async function main([script, ...rest]) {
  if (script === undefined) throw new Error('usage: node scripts/bootstrap.mjs FILE.ts [arguments]');
  if (!existsSync(path.join(root, script))) throw new Error(`${script} does not exist in this checkout`);
  if (!isInstalled()) await withLock(install);
  process.exitCode = await run(node24, [sourceCondition, path.join(root, script), ...rest], {
    stdio: 'inherit',
    env: { ...process.env, FAIRLEAD_PNPM: pnpm },
  });
}

async function install() {
  if (isInstalled()) return; // another process did it while this one waited for the lock
  const hash = manifestsHash();
  if (!existsSync(pnpmMark)) await step(`pnpm ${pnpmVersion}`, fetchPnpm);
  await step('install', () => must(process.execPath, [pnpm, 'install', '--frozen-lockfile'], installEnv()));
  await must(node24, ['--version'], process.env);
  writeFileSync(installedMark, hash);
}

/** Through npm into this checkout: nothing global. Its install script is not needed, the entry finds the binary. */
async function fetchPnpm() {
  rmSync(pnpmFolder, { recursive: true, force: true });
  mkdirSync(pnpmFolder, { recursive: true });
  writeFileSync(path.join(pnpmFolder, 'package.json'), '{ "private": true }\n');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--loglevel=error'];
  // Not --prefix: with it npm looks for the machine's npmrc (certificates, proxies) below that folder.
  await must('npm', ['install', ...quiet, `pnpm@${pnpmVersion}`], installEnv(), pnpmFolder);
  writeFileSync(pnpmMark, '');
}

/** Without a terminal nobody can answer; without a writable home the caches live in the checkout. */
function installEnv() {
  const env = { ...process.env, CI: 'true' };
  if (canWrite(env.HOME ?? homedir())) return env;
  const home = path.join(tools, 'home');
  mkdirSync(home, { recursive: true });
  return {
    ...env,
    HOME: home,
    XDG_DATA_HOME: home,
    XDG_CACHE_HOME: home,
    npm_config_cache: path.join(home, 'npm'),
  };
}

function canWrite(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function isInstalled() {
  return existsSync(node24) && existsSync(installedMark) && readFileSync(installedMark, 'utf8') === manifestsHash();
}

/** Changes with the lock file, any manifest of the workspace, and the platform. */
function manifestsHash() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  const folders = ['.', 'bench', 'examples', 'lab', 'scripts'];
  for (const name of readdirSync(path.join(root, 'packages')).toSorted()) folders.push(`packages/${name}`);
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...folders.map((f) => path.join(f, 'package.json'))];
  for (const file of files) {
    if (existsSync(path.join(root, file))) hash.update(file).update(readFileSync(path.join(root, file)));
  }
  return hash.digest('hex');
}

/** Two first commands at once must not install into one folder; a lock of a dead process is taken over. */
async function withLock(work) {
  mkdirSync(tools, { recursive: true });
  for (let told = false; !takeLock(); told = true) {
    if (!told) process.stderr.write('bootstrap: waiting for another install in this checkout\n');
    await sleep(200);
  }
  try {
    await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function takeLock() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (holderIsDead()) rmSync(lockFile, { force: true });
  return false;
}

function holderIsDead() {
  try {
    const pid = Number(readFileSync(lockFile, 'utf8'));
    if (pid === 0) return false; // created, not yet written
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

async function step(name, work) {
  const started = performance.now();
  process.stderr.write(`bootstrap: ${name} ...\n`);
  const result = await work();
  process.stderr.write(`bootstrap: ${name} took ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return result;
}

/** Output goes to stderr: stdout belongs to the script that is run in the end. */
async function must(command, args, env, cwd = root) {
  const code = await run(command, args, { cwd, env, stdio: ['ignore', 2, 2] });
  if (code !== 0) throw new Error(`${path.basename(command)} ${args.join(' ')} failed with ${code}`);
}

/** Resolves to the exit code, 128 + n after a signal; passes INT and TERM on to the child. */
function run(command, args, options) {
  const child = spawn(command, args, options);
  const forward = (signal) => child.kill(signal);
  // A terminal sends INT to the whole group: then the child has it already, and decides when to end.
  const interrupt = () => process.stdin.isTTY || child.kill('SIGINT');
  process.on('SIGINT', interrupt).on('SIGTERM', forward).on('SIGHUP', forward);
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(new Error(`cannot run ${command}: ${cause.message}`, { cause })));
    child.on('exit', (code, signal) => {
      process.off('SIGINT', interrupt).off('SIGTERM', forward).off('SIGHUP', forward);
      resolve(code ?? 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0));
    });
  });
}
