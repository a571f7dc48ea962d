/** A point that programs in local sandboxes with network wait at until the test lets them go on. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface Gate {
  /** Shell text that waits. */
  readonly knock: string;
  /** Resolves when the first waits. */
  readonly knocked: Promise<unknown>;
  /** Resolves when one that waited has gone. */
  readonly left: Promise<unknown>;
  /** Resolves when so many wait. */
  knocks(number: number): Promise<void>;
  open(): void;
}

export async function openGate(): Promise<Gate> {
  const waiting = new Set<Socket>();
  let isOpen = false;
  const server = createServer((socket) => {
    if (isOpen) socket.end();
    else waiting.add(socket);
    for (const { number, call } of awaited) if (waiting.size >= number) call();
  });
  const knocked = once(server, "connection");
  const left = knocked.then(([socket]) => once(socket as Socket, "close"));
  const awaited: { readonly number: number; readonly call: () => void }[] = [];
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    knock: `bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3'`,
    knocked,
    left,
    knocks: (number) =>
      new Promise((resolve) => {
        if (waiting.size >= number) resolve();
        else awaited.push({ number, call: resolve });
      }),
    open() {
      isOpen = true;
      for (const socket of waiting) socket.end();
    },
  };
}
