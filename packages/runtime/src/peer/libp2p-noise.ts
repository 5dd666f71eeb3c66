/** libp2p's Noise without an exception for each message. */
import { noise } from "@chainsafe/libp2p-noise";

type MakeNoise = ReturnType<typeof noise>;

/** What an encrypted connection of @chainsafe/libp2p-noise 17 reads with; another version's is left as it is. */
interface LengthDecoder {
  lengthDecoder: (data: { readonly length: number }) => number;
}

/** As `noise` of @chainsafe/libp2p-noise. */
export function quickNoise(init: Parameters<typeof noise>[0]): MakeNoise {
  const make = noise(init);
  return (components) => {
    const encrypter = make(components);
    const inbound = encrypter.secureInbound.bind(encrypter);
    const outbound = encrypter.secureOutbound.bind(encrypter);
    encrypter.secureInbound = async (stream, options) => withoutThrows(await inbound(stream, options));
    encrypter.secureOutbound = async (stream, options) => withoutThrows(await outbound(stream, options));
    return encrypter;
  };
}

/**
 * Its decoder asks for one more length when it has taken all there is, and is told by a RangeError that there is none:
 * with its stack that was seen to cost a seventh of a round trip. Any length that is not there yet says the same.
 */
function withoutThrows<T extends { readonly connection: object }>(secured: T): T {
  const { connection } = secured;
  if (!("decoder" in connection) || !hasLengthDecoder(connection.decoder)) return secured;
  const { decoder } = connection;
  const { lengthDecoder } = decoder;
  decoder.lengthDecoder = (data) => (data.length < LENGTH_BYTES ? LENGTH_BYTES : lengthDecoder(data));
  return secured;
}

/** Of the length before each of Noise's messages. */
const LENGTH_BYTES = 2;

const hasLengthDecoder = (decoder: unknown): decoder is LengthDecoder =>
  typeof decoder === "object" &&
  decoder !== null &&
  "lengthDecoder" in decoder &&
  typeof decoder.lengthDecoder === "function";
