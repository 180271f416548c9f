/** What the image that `TargetImages.configured` names must say of itself. */
export const imageConfig = {
  entrypoint: ['/bin/sh', '-c', 'echo "$GREETING $0 $*"; exec "$0" "$@"'],
  command: ['pwd'],
  env: { GREETING: 'hello', SPACES: 'a b  c' },
  workdir: '/srv/work',
  user: 'app',
  stopSignal: 'SIGUSR1',
  volumes: ['/srv/data'],
  labels: { 'org.example.kind': 'test' },
} as const;

/** A file of that image, in its volume. */
export const imageFile = { path: '/srv/data/default', text: 'of the image\n' } as const;
