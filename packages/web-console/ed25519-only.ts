/** Leaves RSA, ECDSA and secp256k1 out of a page: peers of skein have Ed25519 keys, and others are refused anyway. */
import { type Plugin } from "vite";

const OTHER_KEYS = /@libp2p\/crypto\/dist\/src\/keys\/(?:rsa|ecdsa|secp256k1)\/([\w.]+)\.js$/;

/** What `@libp2p/crypto/keys` imports from the files left out; a new name there makes the build fail, not the page. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  ecdsa: ["ECDSAPrivateKey"],
  der: ["decodeDer"],
  index: [
    "ECDSA_P_256_OID",
    "ECDSA_P_384_OID",
    "ECDSA_P_521_OID",
    "RSAES_PKCS1_V1_5_OID",
    "privateKeyLength",
    "publicKeyLength",
  ],
  utils: [
    "generateECDSAKeyPair",
    "pkiMessageToECDSAPrivateKey",
    "pkiMessageToECDSAPublicKey",
    "unmarshalECDSAPrivateKey",
    "unmarshalECDSAPublicKey",
    "pkcs1ToRSAPrivateKey",
    "pkixToRSAPublicKey",
    "generateRSAKeyPair",
    "pkcs1MessageToRSAPrivateKey",
    "pkixMessageToRSAPublicKey",
    "jwkToRSAPrivateKey",
    "generateSecp256k1KeyPair",
    "unmarshalSecp256k1PrivateKey",
    "unmarshalSecp256k1PublicKey",
  ],
};

export function ed25519Only(): Plugin {
  return {
    name: "skein:ed25519-only",
    enforce: "pre",
    load(id) {
      const file = OTHER_KEYS.exec(id)?.[1];
      const names = file === undefined ? undefined : NAMES[file.replace(/\.browser$/, "")];
      if (names === undefined) return undefined;
      const refuse = `const refuse = () => { throw new Error("only Ed25519 keys are known here") };`;
      return `${refuse}\n${names.map((name) => `export const ${name} = refuse;`).join("\n")}`;
    },
  };
}
