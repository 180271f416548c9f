import type { Look } from '@fairlead/conformance';
import { askSocket } from './ask-socket.ts';
import { listing } from './listing.ts';

type ImageLook = Required<Pick<Look, 'images' | 'loads' | 'nameImage' | 'unnameImage'>>;

interface ListedImage {
  readonly RepoTags: readonly string[] | null;
}

interface ImageEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string };
}

/** How far back events are asked for, in seconds: longer than a case lasts. */
const backSeconds = 900;

/** A look at the images behind a socket, through the Docker API. */
export function socketImages(socketPath: string): ImageLook {
  return {
    async images() {
      const text = await listing(() => askSocket(socketPath, 'GET', '/v1.41/images/json'));
      // What is read here is what the API documents (Docker Engine API 1.41).
      return (JSON.parse(text) as readonly ListedImage[]).flatMap(({ RepoTags }) => RepoTags ?? []);
    },
    async loads(id) {
      const filters = encodeURIComponent(JSON.stringify({ type: ['image'] }));
      const until = Math.floor(Date.now() / 1000) + 1;
      const times = `since=${until - backSeconds}&until=${until}`;
      return countLoads(await askSocket(socketPath, 'GET', `/v1.41/events?${times}&filters=${filters}`), id);
    },
    async nameImage(name, id) {
      const [repository = '', tag = ''] = name.split(/:(?=[^/]*$)/);
      const query = `repo=${encodeURIComponent(repository)}&tag=${tag}`;
      await askSocket(socketPath, 'POST', `/v1.41/images/${id}/tag?${query}`);
    },
    async unnameImage(name) {
      await askSocket(socketPath, 'DELETE', `/v1.41/images/${encodeURIComponent(name)}`);
    },
  };
}

/** Loads of one image; undefined if the engine does not say which images it loaded, as Podman before 4.4. */
function countLoads(text: string, id: string): number | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  // As above.
  const events = lines.map((line) => JSON.parse(line) as ImageEvent);
  const loads = events.filter(({ Action }) => Action === 'load' || Action === 'loadfromarchive');
  if (loads.some(({ Actor }) => Actor.ID === '')) return undefined;
  return loads.filter(({ Actor }) => bare(Actor.ID) === bare(id)).length;
}

function bare(id: string): string {
  return id.replace(/^sha256:/, '');
}
