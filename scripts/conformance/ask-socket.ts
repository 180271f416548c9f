import { request } from 'node:http';

/** One request to a socket, and its answer as text. @throws for a status of 300 or more */
export function askSocket(socketPath: string, method: string, path: string, body?: object): Promise<string> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        const said = Buffer.concat(pieces).toString();
        if ((response.statusCode ?? 500) < 300) resolve(said);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${said}`));
      });
      response.on('error', reject);
    });
    sent.on('error', reject).end(text);
  });
}
