/** What making a task's image printed, in a file for each task: `.regatta/images/<task>.log` of the batch. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type AppendFile, openAppendFile } from "../host/append-file.ts";
import { imageLogFile } from "./layout.ts";

export interface ImageLogs {
  line(task: string, text: string): void;
  close(): Promise<void>;
}

export function createImageLogs(
  batchDir: string,
  redact: (text: string) => string,
  onError: (message: string) => void,
): ImageLogs {
  const files = new Map<string, Promise<AppendFile>>();
  const failed = (task: string, error: Error): void =>
    onError(`The image log of ${task} cannot be written: ${error.message}`);

  async function open(task: string): Promise<AppendFile> {
    const path = imageLogFile(batchDir, task);
    await mkdir(dirname(path), { recursive: true });
    return openAppendFile(path, (error) => failed(task, error));
  }

  return {
    line(task, text) {
      let file = files.get(task);
      if (file === undefined) {
        file = open(task);
        files.set(task, file);
        file.catch((error: unknown) => failed(task, error instanceof Error ? error : new Error(String(error))));
      }
      const stamped = `${new Date().toISOString()} ${redact(text)}`;
      // A file that could not be opened has been told about.
      file.then(
        (opened) => opened.line(stamped),
        () => undefined,
      );
    },
    async close() {
      for (const file of files.values()) {
        const opened = await file.catch(() => null);
        await opened?.close();
      }
    },
  };
}
