/** The first words that a pool says to a host it reaches by ssh: a program of one line, which loads the other. */
import { HOST_MARK } from "./host-words.ts";

/**
 * Looks for the program of this digest in the user's own folder `~/.cache/skein/pool`, says whether it is there and what
 * Node this is, takes it from standard input when it is not, and runs it. Nothing runs that has another digest.
 *
 * One line, for Node 10 and later: without single quotes, backslashes and exclamation marks, which some shell would take.
 */
const PROGRAM = `
const f=require("fs"),os=require("os"),p=require("path"),c=require("crypto"),t=require("net"),u=require("url");
const a=process.argv.slice(-2),d=a[0],n=Number(a[1]),nl=String.fromCharCode(10);
const dir=p.join(process.env.XDG_CACHE_HOME||p.join(os.homedir(),".cache"),"skein","pool"),file=p.join(dir,d+".mjs");
const fail=e=>{console.error(String(e));process.exit(1)};
const right=b=>c.createHash("sha256").update(b).digest("hex")===d;
try{f.mkdirSync(dir,{recursive:true,mode:448});f.chmodSync(dir,448)}catch(e){fail(e)}
let has=false;try{has=right(f.readFileSync(file));f.utimesSync(file,new Date(),new Date())}catch(e){}
const cores=os.availableParallelism?os.availableParallelism():os.cpus().length;
f.writeSync(1,nl+"${HOST_MARK}"+JSON.stringify({node:process.versions.node,cores,has})+nl);
const i=new t.Socket({fd:0,readable:true,writable:false}),end=()=>process.exit(0);i.on("error",end);
const go=()=>import(u.pathToFileURL(file).href).then(m=>m.serveHost({input:i,program:file})).catch(fail);
if(has)go();else{let b=[],l=0;i.on("end",end);const take=x=>{b.push(x);l+=x.length;if(l<n)return;
i.pause();i.removeListener("data",take);const all=Buffer.concat(b);
if(right(all)){try{f.writeFileSync(file+"."+process.pid,all,{mode:384});f.renameSync(file+"."+process.pid,file)}catch(e){fail(e)}go()}
else fail("the program came with another digest")};i.on("data",take)}
`;

/** What the host's shell is to run. `node` is a plain word, and so is a digest. */
export function bootCommand(node: string, digest: string, bytes: number): string {
  return `exec ${node} --no-warnings -e '${PROGRAM.trim().replaceAll("\n", "")}' ${digest} ${bytes}`;
}
