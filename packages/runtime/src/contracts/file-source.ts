/** A file that can be read: on a disk, in memory, or where the host has it. */

/** A file to be read, in any order. */
export interface FileSource {
  /** Without folders. */
  readonly name: string;
  readonly bytes: number;
  /** Absent where nobody knows. */
  readonly mtimeMs?: number;
  readonly executable: boolean;
  /** Fills `into` from the byte `at` on. @throws {SkeinError} `FILE_FAILED`, also when it has become shorter */
  read(at: number, into: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
