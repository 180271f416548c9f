/** What an engine tells of a container that was never started, but for these parts. */
export function inspection(parts: Readonly<Record<string, unknown>> = {}): object {
  return {
    Id: 'a'.repeat(64),
    Name: '/a-name',
    Created: '2026-11-21T08:00:00Z',
    Image: 'sha256:1',
    Config: { Image: 'sha256:1', Labels: {} },
    State: { Status: 'created', ExitCode: 0 },
    ...parts,
  };
}

/** The state of a container that has ended. */
export const ended = { Status: 'exited', ExitCode: 0, StartedAt: '2026-11-21T08:00:00Z', FinishedAt: '2026-11-21T08:00:01Z' };
