import { homedir, userInfo } from 'node:os';
import { dirname } from 'node:path';

/**
 * The whole environment of the engine's own process: what it needs to find its helpers and its user, and nothing that
 * could change what it does (`APPTAINER_BIND` and its kin) or reach the container.
 * @param scratch folder for the engine's own temporary files
 */
export function engineEnvironment(command: string, scratch: string): Readonly<Record<string, string>> {
  const { PATH, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = process.env;
  return {
    PATH: [PATH, dirname(command), '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']
      .filter(Boolean)
      .join(':'),
    HOME: homedir(),
    TMPDIR: scratch,
    // The engine asks the user's service manager for control groups through these.
    ...(XDG_RUNTIME_DIR === undefined ? {} : { XDG_RUNTIME_DIR }),
    ...(DBUS_SESSION_BUS_ADDRESS === undefined ? {} : { DBUS_SESSION_BUS_ADDRESS }),
  };
}

/** The caller's home folders: by its environment and by the user database. */
export function hostHomes(): readonly string[] {
  try {
    return [homedir(), userInfo().homedir];
  } catch {
    return [homedir()]; // a uid without an entry in the user database
  }
}
