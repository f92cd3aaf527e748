// initialise

const GROUPS_X = 1382u;
const WORKGROUP = 64u;
@group(0) @binding(0) var<storage, read> control: Control;
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;

struct Member {
  key: vec2u,     // 64-bit seed, low word first
  rate: f32,      // learning rate, for the mean loss of a batch
  slope: f32,     // multiplies every pre-activation in training; temperature = 1 / slope
  tau: f32,       // temperature of the relaxed estimators (Gumbel-softmax, Concrete, ReinMax)
  anneal: f32,    // slope is multiplied by this after each epoch ...
  cap: f32,       // ... up to this
  shown_slope: f32,  // the slope of evaluation, which is always annealed
  shown_anneal: f32,
  kl: f32,        // weight of the divergence from the uniform choice
}
struct Control {
  step: u32,       // steps done: read by all kernels that need it but the updates
  epoch_steps: u32,
  data_key: vec2u, // keys the batch order alone
  trained: u32,    // the step that gradients belong to: what updates read (advance.ts)
  unused: u32,
  members: array<Member>,
}

const PHILOX_ROUNDS = 10u;
fn multiply_high(a: u32, b: u32) -> u32 {
  let low = b & 0xffffu;
  let high = b >> 16u;
  let cross = (a >> 16u) * low + (((a & 0xffffu) * low) >> 16u);
  return (a >> 16u) * high + (cross >> 16u) + (((a & 0xffffu) * high + (cross & 0xffffu)) >> 16u);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < PHILOX_ROUNDS; round++) { // unroll
    let high0 = multiply_high(0xD2511F53u, c.x);
    let high1 = multiply_high(0xCD9E8D57u, c.z);
    c = vec4u(high1 ^ c.y ^ k.x, 0xCD9E8D57u * c.z, high0 ^ c.w ^ k.y, 0xD2511F53u * c.x);
    k += vec2u(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}

fn unit(bits24: u32) -> f32 {
  return f32(bits24) * 0x1p-24;
}

var<private> noise_key: vec2u;
var<private> noise_stream: u32;
var<private> noise_step: u32;
var<private> noise_words: vec4u;
fn open_block(block: u32) {
  noise_words = philox(vec4u(block, noise_stream, noise_step, 0u), noise_key);
}

var<private> noise_block: u32 = 0xffffffffu;
fn draw(element: u32) -> u32 {
  if (element >> 2u != noise_block) {
    noise_block = element >> 2u;
    open_block(noise_block);
  }
  return noise_words[element & 3u] >> 8u;
}

struct Layer {
  noise_stream: u32,
  start: u32,
  elements: u32,
  outputs: u32,
  stride: u32,
  weights_at: u32,
  member_weights: u32,
  limit: f32,
}
fn layer_at(number: u32) -> Layer {
  if (number >= 49200u) {
    return Layer(
      /* noise_stream */ 512u,
      /* start */ 49200u,
      /* elements */ 156800u,
      /* outputs */ 784u,
      /* stride */ 784u,
      /* weights_at */ 197200u,
      /* member_weights */ 157584u,
      /* limit */ 0.07808688094430304);
  }
  if (number >= 39200u) {
    return Layer(
      /* noise_stream */ 256u,
      /* start */ 39200u,
      /* elements */ 40000u,
      /* outputs */ 200u,
      /* stride */ 200u,
      /* weights_at */ 157000u,
      /* member_weights */ 40200u,
      /* limit */ 0.1224744871391589);
  }
  return Layer(
    /* noise_stream */ 0u,
    /* start */ 0u,
    /* elements */ 156800u,
    /* outputs */ 200u,
    /* stride */ 200u,
    /* weights_at */ 0u,
    /* member_weights */ 157000u,
    /* limit */ 0.07808688094430304);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  let member = group.z;
  let id = (group.x + group.y * GROUPS_X) * WORKGROUP + local;
  let layer = layer_at(id);
  noise_key = control.members[member].key;
  noise_stream = layer.noise_stream;
  noise_step = 0u;
  let first = 4u * (id - layer.start);
  for (var e = first; e < min(first + 4u, layer.elements); e++) {
    let at = layer.weights_at + member * layer.member_weights + e / layer.outputs * layer.stride;
    weights[at + e % layer.outputs] = (2.0 * unit(draw(e)) - 1.0) * layer.limit;
  }
}

// order

const GROUPS_X = 79u;
const WORKGROUP = 64u;
const IMAGES = 55000u;
const FIRST = 5000u;
const BATCH = 50u;
const SLOTS = 100u;
const ENTRIES = 5000u;
const HALF = 8u;
const MASK = 255u;
const ROUNDS = 6u;
const STREAM = 3u;
@group(0) @binding(0) var<storage, read> labels: array<u32>;
@group(0) @binding(1) var<storage, read> control: Control;
@group(0) @binding(2) var<storage, read_write> batches: array<vec2u>;

struct Member {
  key: vec2u,     // 64-bit seed, low word first
  rate: f32,      // learning rate, for the mean loss of a batch
  slope: f32,     // multiplies every pre-activation in training; temperature = 1 / slope
  tau: f32,       // temperature of the relaxed estimators (Gumbel-softmax, Concrete, ReinMax)
  anneal: f32,    // slope is multiplied by this after each epoch ...
  cap: f32,       // ... up to this
  shown_slope: f32,  // the slope of evaluation, which is always annealed
  shown_anneal: f32,
  kl: f32,        // weight of the divergence from the uniform choice
}
struct Control {
  step: u32,       // steps done: read by all kernels that need it but the updates
  epoch_steps: u32,
  data_key: vec2u, // keys the batch order alone
  trained: u32,    // the step that gradients belong to: what updates read (advance.ts)
  unused: u32,
  members: array<Member>,
}

const PHILOX_ROUNDS = 10u;
fn multiply_high(a: u32, b: u32) -> u32 {
  let low = b & 0xffffu;
  let high = b >> 16u;
  let cross = (a >> 16u) * low + (((a & 0xffffu) * low) >> 16u);
  return (a >> 16u) * high + (cross >> 16u) + (((a & 0xffffu) * high + (cross & 0xffffu)) >> 16u);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < PHILOX_ROUNDS; round++) { // unroll
    let high0 = multiply_high(0xD2511F53u, c.x);
    let high1 = multiply_high(0xCD9E8D57u, c.z);
    c = vec4u(high1 ^ c.y ^ k.x, 0xCD9E8D57u * c.z, high0 ^ c.w ^ k.y, 0xD2511F53u * c.x);
    k += vec2u(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}

fn permute(position: u32, epoch: u32) -> u32 {
  var x = position;
  loop {
    var left = x >> HALF;
    var right = x & MASK;
    for (var round = 0u; round < ROUNDS; round++) {
      let noise = philox(vec4u(right, STREAM, epoch, round), control.data_key).x;
      let mixed = left ^ (noise & MASK);
      left = right;
      right = mixed;
    }
    x = (left << HALF) | right;
    if (x < IMAGES) { break; }
  }
  return x; // behind the loop: naga wants every function to end with its value
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  let id = (group.x + group.y * GROUPS_X) * WORKGROUP + local;
  if (id >= ENTRIES) { return; }
  let position = control.step * BATCH + id;
  let image = FIRST + permute(position % IMAGES, position / IMAGES);
  batches[(control.step % SLOTS * BATCH + id) % ENTRIES] = vec2u(image, labels[image]);
}

// lists of words

const GROUPS_X = 313u;
const WORKGROUP = 64u;
const COUNT = 20000u;
const ROWS = 50u;
const MASK_LENGTH = 7u;
const BITS = 28u;
const TILES = 25u;
const TILE_ROWS = 2u;
const PARTS = 8u;
const PART_WORDS = 25u;
const EVERY = 16843009u;
@group(0) @binding(0) var<storage, read> masks: array<u32>;
@group(0) @binding(1) var<storage, read> batches: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> list: array<u32>;

fn place_of(image: u32) -> u32 { return image; }
fn mask_at(slot: u32, row: u32) -> u32 {
  return place_of(batches[slot * ROWS + row].x) * MASK_LENGTH;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  let id = (group.x + group.y * GROUPS_X) * WORKGROUP + local;
  if (id >= COUNT) { return; }

  let part = id % PARTS;
  let slot = id / (TILES * PARTS);
  let first = id / PARTS % TILES * TILE_ROWS;
  let at = id * (PART_WORDS + 1u);
  var image = array<u32, TILE_ROWS>(); // registers
  for (var r = 0u; r < TILE_ROWS; r++) { // unroll
    image[r] = mask_at(slot, min(first + r, ROWS - 1u));
  }
  var count = 0u;
  for (var m = 0u; m < MASK_LENGTH; m++) {
    var any = 0u;
    for (var r = 0u; r < TILE_ROWS; r++) { // unroll
      any |= masks[image[r] + m];
    }

    any &= EVERY << ((part + m * (PARTS - BITS % PARTS)) % PARTS); // where word % PARTS = part

    while (any != 0u) {
      count++;
      list[at + count] = m * BITS + firstTrailingBit(any);
      any &= any - 1u;
    }
  }
  list[at] = count;
}

// lists of rows

const GROUPS_X = 307u;
const WORKGROUP = 64u;
const COUNT = 19600u;
const ROWS = 50u;
const WORDS = 196u;
const MASK_LENGTH = 7u;
const BITS = 28u;
const GROUPS = 196u;
const GROUP = 1u;
const ROW_WORDS = 7u;
const TOGETHER = 2u;
const SPAN = 1u;
const SPANS = 1u;
const SPAN_BITS = 1u;
@group(0) @binding(0) var<storage, read> masks: array<u32>;
@group(0) @binding(1) var<storage, read> batches: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> list: array<u32>;

fn place_of(image: u32) -> u32 { return image; }
fn mask_at(slot: u32, row: u32) -> u32 {
  return place_of(batches[slot * ROWS + row].x) * MASK_LENGTH;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3u) {
  let id = (group.x + group.y * GROUPS_X) * WORKGROUP + local;
  if (id >= COUNT) { return; }

  let slot = id / GROUPS;
  let place = id % GROUPS;
  let top = place % ROW_WORDS + place / ROW_WORDS * GROUP * ROW_WORDS; // the group's first word
  let at = id * (ROWS + 1u);
  var count = 0u;
  var blank = 0u; // the first row that the list lacks
  for (var row = 0u; row < ROWS; row++) {
    let image = mask_at(slot, row);
    var any = 0u;
    for (var s = 0u; s < SPANS; s++) { // unroll
      let word = top + s * SPAN * ROW_WORDS;
      if (word < WORDS) { any |= (masks[image + word / BITS] >> (word % BITS)) & SPAN_BITS; }
    }
    list[at + 1u + count] = row; // stays unless the next row takes its place
    count += u32(any != 0u);
    blank += u32(any != 0u && row == blank);
  }
  if (count % TOGETHER == 1u) { count++; list[at + count] = blank; }
  list[at] = count;
}

// forward layer 1

const WORDS = 196u;
const SLOTS = 100u;
const ROWS = 50u;
const TILE_ROWS = 2u;
const TILES = 25u;
const LANES = 1u;
const OWN_ROWS = 2u;
const SURE_OWN = 2u;
const RUN = 4u;
const RUNS = 50u;
const MEMBER_RUNS = 39250u;
const WEIGHTS_AT = 0u;
const OUTPUTS_AT = 0u;
const SPLITS = 8u;
const WORKGROUP = 64u;
const GROUP_TILES = 8u;
const GROUPS_X = 157u;
const COLUMNS = 50u;
const ACROSS = 50u;
const COUNT = 1250u;
@group(0) @binding(0) var<storage, read> images: array<u32>;
@group(0) @binding(1) var<storage, read> batches: array<vec2u>;
@group(0) @binding(2) var<storage, read> lists: array<u32>;
@group(0) @binding(3) var<storage, read> control: Control;
@group(0) @binding(4) var<storage, read> weights: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> z: array<vec4f>;

struct Member {
  key: vec2u,     // 64-bit seed, low word first
  rate: f32,      // learning rate, for the mean loss of a batch
  slope: f32,     // multiplies every pre-activation in training; temperature = 1 / slope
  tau: f32,       // temperature of the relaxed estimators (Gumbel-softmax, Concrete, ReinMax)
  anneal: f32,    // slope is multiplied by this after each epoch ...
  cap: f32,       // ... up to this
  shown_slope: f32,  // the slope of evaluation, which is always annealed
  shown_anneal: f32,
  kl: f32,        // weight of the divergence from the uniform choice
}
struct Control {
  step: u32,       // steps done: read by all kernels that need it but the updates
  epoch_steps: u32,
  data_key: vec2u, // keys the batch order alone
  trained: u32,    // the step that gradients belong to: what updates read (advance.ts)
  unused: u32,
  members: array<Member>,
}

alias Run = vec4f;
fn around(x: vec4f) -> array<vec4f, LANES> {
  return array(x);
}
fn row_inside(row: u32) -> u32 { return row; }

fn place_of(image: u32) -> u32 { return image; }
fn slot_of(step: u32) -> u32 { return step % SLOTS; }
fn row_start(slot: u32, member: u32, row: u32) -> u32 {
  return place_of(batches[slot * ROWS + row].x) * WORDS;
}
fn load_word(at: u32) -> vec4f { return unpack4x8unorm(images[at]); }

const NEXT = 1u;
const PART_WORDS = (WORDS + SPLITS - 1u) / SPLITS; // at the most
fn words_of(slot: u32, tile: u32, part: u32) -> vec2u {
  let list = ((slot * TILES + tile) * SPLITS + part) * (PART_WORDS + 1u);
  return list + 1u + vec2u(0u, lists[list]);
}
fn word_at(entry: u32) -> u32 { return lists[entry]; }

var<workgroup> parts: array<array<array<f32, WORKGROUP>, RUN>, OWN_ROWS>;

// A tile of rows by a run of outputs. Without `store` an invocation only takes part.
fn forward_tile(slot: u32, member: u32, tile: u32, run: u32, lane: u32, local: u32, store: bool) {
  let first = tile * TILE_ROWS;
  // Invocations 0 to GROUP_TILES - 1 have the last part of a tile each, and add up.
  let part = SPLITS - 1u - local / GROUP_TILES;
  let w = WEIGHTS_AT + member * MEMBER_RUNS + run;

  var start = array<u32, OWN_ROWS>(); // registers
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    start[r] = row_start(slot, member, row_inside(first + LANES * r + lane));
  }

  var sum = array<array<array<f32, RUN>, LANES>, OWN_ROWS>(); // registers
  let entries = words_of(slot, tile, part);
  for (var entry = entries.x; entry < entries.y; entry += NEXT) {
    let k = word_at(entry);
    let w0 = weights[w + (4u * k + 0u) * RUNS];
    let w1 = weights[w + (4u * k + 1u) * RUNS];
    let w2 = weights[w + (4u * k + 2u) * RUNS];
    let w3 = weights[w + (4u * k + 3u) * RUNS];
    for (var r = 0u; r < OWN_ROWS; r++) { // unroll
      let x = around(load_word(start[r] + k));
      for (var i = 0u; i < LANES; i++) { // unroll
        for (var j = 0u; j < RUN; j++) { // unroll
          sum[r][i][j] += x[i].x * w0[j] + x[i].y * w1[j] + x[i].z * w2[j] + x[i].w * w3[j];
        }
      }
    }
  }
  let bias = weights[w + 4u * WORDS * RUNS];

  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    for (var j = 0u; j < RUN; j++) { // unroll
      parts[r][j][local] = sum[r][0u][j];
    }
  }
  workgroupBarrier();
  if (local >= GROUP_TILES) { return; }
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    for (var j = 0u; j < RUN; j++) { // unroll
      for (var p = local + GROUP_TILES; p < WORKGROUP; p += GROUP_TILES) {
        sum[r][0u][j] += parts[r][j][p];
      }
    }
  }

  if (!store) { return; }
  let at = OUTPUTS_AT + (member * ROWS + first) * RUNS + run;
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    for (var i = 0u; i < LANES; i++) { // unroll
      let row = LANES * r + (lane ^ i);
      if (r < SURE_OWN || (row < TILE_ROWS && first + row < ROWS)) {
        var out: Run;
        for (var j = 0u; j < RUN; j++) { // unroll
          out[j] = sum[r][i][j] + bias[j];
        }
        store_run(at + row * RUNS, out);
      }
    }
  }
}
fn store_run(at: u32, values: Run) { z[at] = values; }

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let number = (group.x + group.y * GROUPS_X) * GROUP_TILES + local % GROUP_TILES;
  let tile = min(number / ACROSS, TILES - 1u);

  const lane = 0u;
  let column = number % COLUMNS; // of the runs of all members side by side
  let store = number < COUNT;

  let member = group.z + column / RUNS;
  forward_tile(slot_of(control.step), member, tile, column % RUNS, lane, local, store);
}

// fire and forward layer 2

const UNITS = 200u;
const UNIT_QUADS = 50u;
const SURE_UNITS = 4u;
const STRIDE = 200u;
const UNIT_DRAWS = 0u;
const ROW_DRAWS = 0u;
const NOISE_STREAM = 1u;
const WORDS = 50u;
const INPUTS_AT = 0u;
const ROWS = 50u;
const TILE_ROWS = 2u;
const LANES = 1u;
const OWN_ROWS = 2u;
const SURE_OWN = 2u;
const RUN = 4u;
const RUNS = 50u;
const MEMBER_RUNS = 10050u;
const WEIGHTS_AT = 39250u;
const OUTPUTS_AT = 2500u;
const SPLITS = 1u;
const WORKGROUP = 64u;
const GROUP_TILES = 64u;
const COUNT = 50u;
const TURNS = 50u;
@group(0) @binding(0) var<storage, read> control: Control;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> z: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

struct Member {
  key: vec2u,     // 64-bit seed, low word first
  rate: f32,      // learning rate, for the mean loss of a batch
  slope: f32,     // multiplies every pre-activation in training; temperature = 1 / slope
  tau: f32,       // temperature of the relaxed estimators (Gumbel-softmax, Concrete, ReinMax)
  anneal: f32,    // slope is multiplied by this after each epoch ...
  cap: f32,       // ... up to this
  shown_slope: f32,  // the slope of evaluation, which is always annealed
  shown_anneal: f32,
  kl: f32,        // weight of the divergence from the uniform choice
}
struct Control {
  step: u32,       // steps done: read by all kernels that need it but the updates
  epoch_steps: u32,
  data_key: vec2u, // keys the batch order alone
  trained: u32,    // the step that gradients belong to: what updates read (advance.ts)
  unused: u32,
  members: array<Member>,
}

const PHILOX_ROUNDS = 10u;
fn multiply_high(a: u32, b: u32) -> u32 {
  let low = b & 0xffffu;
  let high = b >> 16u;
  let cross = (a >> 16u) * low + (((a & 0xffffu) * low) >> 16u);
  return (a >> 16u) * high + (cross >> 16u) + (((a & 0xffffu) * high + (cross & 0xffffu)) >> 16u);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < PHILOX_ROUNDS; round++) { // unroll
    let high0 = multiply_high(0xD2511F53u, c.x);
    let high1 = multiply_high(0xCD9E8D57u, c.z);
    c = vec4u(high1 ^ c.y ^ k.x, 0xCD9E8D57u * c.z, high0 ^ c.w ^ k.y, 0xD2511F53u * c.x);
    k += vec2u(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}

fn unit(bits24: u32) -> f32 {
  return f32(bits24) * 0x1p-24;
}

var<private> noise_key: vec2u;
var<private> noise_stream: u32;
var<private> noise_step: u32;
var<private> noise_words: vec4u;
fn open_block(block: u32) {
  noise_words = philox(vec4u(block, noise_stream, noise_step, 0u), noise_key);
}

fn draw(element: u32) -> u32 {
  return noise_words[element & 3u] >> 8u;
}

fn safe_tanh(x: f32) -> f32 {
  return tanh(clamp(x, -15.0, 15.0));
}

fn activation(x: f32, slope: f32) -> vec2f {
  let f = safe_tanh(x);
  return vec2f(f, 1.0 - f * f);
}
fn fire(at: u32, element: u32, slope: f32, tau: f32) {
  let f = activation(slope * z[at], slope);
  y[at] = f.x;
  z[at] = f.y * slope;
}

fn noise_row_of(row: u32) -> u32 { return row; }

fn fire_quad(row_at: u32, noise_row: u32, quad: u32, member: Member) {
  let slope = member.slope;

  noise_key = member.key;
  noise_stream = NOISE_STREAM;
  noise_step = control.step;

  let element = noise_row * ROW_DRAWS;

  for (var j = 0u; j < 4u; j++) { // unroll
    let n = 4u * quad + j;
    if (j < SURE_UNITS || n < UNITS) {
      fire(row_at + n, element + n * UNIT_DRAWS, slope, member.tau);
    }
  }
}

alias Run = vec4f;
fn around(x: vec4f) -> array<vec4f, LANES> {
  return array(x);
}
fn row_inside(row: u32) -> u32 { return row; }

fn slot_of(step: u32) -> u32 { return 0u; }
fn row_start(slot: u32, member: u32, row: u32) -> u32 {
  return INPUTS_AT / 4u + (member * ROWS + row) * WORDS;
}
fn load_word(at: u32) -> vec4f {
  let i = 4u * at;
  return vec4f(y[i], y[i + 1u], y[i + 2u], y[i + 3u]);
}

const NEXT = SPLITS;
fn words_of(slot: u32, tile: u32, part: u32) -> vec2u { return vec2u(part, WORDS); }
fn word_at(entry: u32) -> u32 { return entry; }

// A tile of rows by a run of outputs. Without `store` an invocation only takes part.
fn forward_tile(slot: u32, member: u32, tile: u32, run: u32, lane: u32, local: u32, store: bool) {
  let first = tile * TILE_ROWS;
  // Invocations 0 to GROUP_TILES - 1 have the last part of a tile each, and add up.
  let part = SPLITS - 1u - local / GROUP_TILES;
  let w = WEIGHTS_AT + member * MEMBER_RUNS + run;

  var start = array<u32, OWN_ROWS>(); // registers
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    start[r] = row_start(slot, member, row_inside(first + LANES * r + lane));
  }

  var sum = array<array<array<f32, RUN>, LANES>, OWN_ROWS>(); // registers
  let entries = words_of(slot, tile, part);
  for (var entry = entries.x; entry < entries.y; entry += NEXT) {
    let k = word_at(entry);
    let w0 = weights[w + (4u * k + 0u) * RUNS];
    let w1 = weights[w + (4u * k + 1u) * RUNS];
    let w2 = weights[w + (4u * k + 2u) * RUNS];
    let w3 = weights[w + (4u * k + 3u) * RUNS];
    for (var r = 0u; r < OWN_ROWS; r++) { // unroll
      let x = around(load_word(start[r] + k));
      for (var i = 0u; i < LANES; i++) { // unroll
        for (var j = 0u; j < RUN; j++) { // unroll
          sum[r][i][j] += x[i].x * w0[j] + x[i].y * w1[j] + x[i].z * w2[j] + x[i].w * w3[j];
        }
      }
    }
  }
  let bias = weights[w + 4u * WORDS * RUNS];

  if (!store) { return; }
  let at = OUTPUTS_AT + (member * ROWS + first) * RUNS + run;
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    for (var i = 0u; i < LANES; i++) { // unroll
      let row = LANES * r + (lane ^ i);
      if (r < SURE_OWN || (row < TILE_ROWS && first + row < ROWS)) {
        var out: Run;
        for (var j = 0u; j < RUN; j++) { // unroll
          out[j] = sum[r][i][j] + bias[j];
        }
        store_run(at + row * RUNS, out);
      }
    }
  }
}
fn store_run(at: u32, values: Run) {
  for (var j = 0u; j < RUN; j++) { // unroll
    z[RUN * at + j] = values[j];
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = group.x;
  let first = tile * TILE_ROWS;
  let member = group.y;
  let own = control.members[member];

  const lane = 0u;

  for (var i = WORKGROUP - 1u - local; i < TILE_ROWS * UNIT_QUADS; i += WORKGROUP) {
    let row = first + i / UNIT_QUADS;
    if (row < ROWS) {
      fire_quad(INPUTS_AT + (member * ROWS + row) * STRIDE, noise_row_of(row), i % UNIT_QUADS, own);
    }
  }
  storageBarrier();
  for (var i = local; i < TURNS; i += WORKGROUP) {
    forward_tile(0u, member, tile, min(i, COUNT - 1u), lane, 0u, i < COUNT);
  }
}

// head

const ROWS = 50u;
const TILE_ROWS = 2u;
const LANES = 1u;
const OWN_ROWS = 2u;
const SURE_OWN = 2u;
const WORDS = 50u;
const QUADS = 196u;
const MEMBER_QUADS = 39396u;
const WEIGHTS_AT = 49300u;
const INPUTS_AT = 10000u;
const OUTPUTS_AT = 5000u;
const UNITS = 20u;
const UNIT_QUADS = 5u;
const UNIT_WIDTH = 10u;
const STRIDE = 200u;
const CATEGORIES = 10u;
const UNIT_DRAWS = 10u;
const ROW_DRAWS = 200u;
const NOISE_STREAM = 257u;
const GRADIENTS_AT = 20000u;
const VALUES_AT = 40000u;
const BATCH = 50u;
const RUN = 4u;
const RUNS = 196u;
const MEMBER_RUNS = 39396u;
const SPLITS = 1u;
const WORKGROUP = 64u;
const GROUP_TILES = 64u;
const SLOTS = 100u;
const FORWARD_TURNS = 196u;
const GRADIENT_TURNS = 50u;
const REPORT_EVERY = 100u;
@group(0) @binding(0) var<storage, read_write> control: Control;
@group(0) @binding(1) var<storage, read> batches: array<vec2u>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> z: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read> wanted: array<u32>;
@group(0) @binding(6) var<storage, read_write> dz: array<f32>;
@group(0) @binding(7) var<storage, read_write> metrics: array<vec2u>;

struct Member {
  key: vec2u,     // 64-bit seed, low word first
  rate: f32,      // learning rate, for the mean loss of a batch
  slope: f32,     // multiplies every pre-activation in training; temperature = 1 / slope
  tau: f32,       // temperature of the relaxed estimators (Gumbel-softmax, Concrete, ReinMax)
  anneal: f32,    // slope is multiplied by this after each epoch ...
  cap: f32,       // ... up to this
  shown_slope: f32,  // the slope of evaluation, which is always annealed
  shown_anneal: f32,
  kl: f32,        // weight of the divergence from the uniform choice
}
struct Control {
  step: u32,       // steps done: read by all kernels that need it but the updates
  epoch_steps: u32,
  data_key: vec2u, // keys the batch order alone
  trained: u32,    // the step that gradients belong to: what updates read (advance.ts)
  unused: u32,
  members: array<Member>,
}

var<private> p: array<f32, CATEGORIES>;
var<private> d: array<f32, CATEGORIES>;

struct Top { value: f32, index: u32 }
fn top_of() -> Top {
  var top = Top(p[0], 0u);
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    top = Top(max(top.value, p[i]), select(top.index, i, p[i] > top.value));
  }
  return top;
}
fn soften(sharpness: f32) {
  let top = top_of().value;
  var sum = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] = exp(sharpness * (p[i] - top));
    sum += p[i];
  }
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] /= sum;
  }
}

const PHILOX_ROUNDS = 10u;
fn multiply_high(a: u32, b: u32) -> u32 {
  let low = b & 0xffffu;
  let high = b >> 16u;
  let cross = (a >> 16u) * low + (((a & 0xffffu) * low) >> 16u);
  return (a >> 16u) * high + (cross >> 16u) + (((a & 0xffffu) * high + (cross & 0xffffu)) >> 16u);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < PHILOX_ROUNDS; round++) { // unroll
    let high0 = multiply_high(0xD2511F53u, c.x);
    let high1 = multiply_high(0xCD9E8D57u, c.z);
    c = vec4u(high1 ^ c.y ^ k.x, 0xCD9E8D57u * c.z, high0 ^ c.w ^ k.y, 0xD2511F53u * c.x);
    k += vec2u(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}

fn unit(bits24: u32) -> f32 {
  return f32(bits24) * 0x1p-24;
}

var<private> noise_key: vec2u;
var<private> noise_stream: u32;
var<private> noise_step: u32;
var<private> noise_words: vec4u;
fn open_block(block: u32) {
  noise_words = philox(vec4u(block, noise_stream, noise_step, 0u), noise_key);
}

var<private> noise_block: u32 = 0xffffffffu;
fn draw(element: u32) -> u32 {
  if (element >> 2u != noise_block) {
    noise_block = element >> 2u;
    open_block(noise_block);
  }
  return noise_words[element & 3u] >> 8u;
}

fn choose(at: u32, choice: u32) {
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    y[at + i] = select(0.0, 1.0, i == choice);
  }
}

fn minus_log_unit(k: u32) -> f32 {
  if (k < 0x800000u) { return -log((f32(k) + 0.5) * 0x1p-24); }
  let v = (f32(0x1000000u - k) - 0.5) * 0x1p-24;
  let a = v / (2.0 - v);
  let b = a * a;
  let tail = 1.0 / 7.0 + b * (1.0 / 9.0 + b * (1.0 / 11.0 + b / 13.0));
  return 2.0 * a * (1.0 + b * (1.0 / 3.0 + b * (1.0 / 5.0 + b * tail)));
}
fn perturb(element: u32, slope: f32) {
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] = slope * p[i] - log(minus_log_unit(draw(element + i)));
  }
}

fn fire(at: u32, element: u32, slope: f32, tau: f32) {
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] = z[at + i];
  }

  perturb(element, slope);
  choose(at, top_of().index);
  soften(1.0 / tau);
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    z[at + i] = p[i];
  }
}

fn before_fire(at: u32, slope: f32) {
  var top = z[at];
  for (var i = 1u; i < UNIT_WIDTH; i++) {
    top = max(top, z[at + i]);
  }
  var sum = 0.0;
  for (var i = 0u; i < UNIT_WIDTH; i++) {
    sum += exp(slope * (z[at + i] - top));
  }
  let log_sum = log(sum);
  var mean = 0.0; // of log p
  for (var i = 0u; i < UNIT_WIDTH; i++) {
    let log_p = slope * (z[at + i] - top) - log_sum;
    mean += exp(log_p) * log_p;
  }
  for (var i = 0u; i < UNIT_WIDTH; i++) {
    let log_p = slope * (z[at + i] - top) - log_sum;
    z[GRADIENTS_AT + at + i] = slope * exp(log_p) * (log_p - mean);
  }
  z[VALUES_AT + at] = log(f32(UNIT_WIDTH)) + mean;
}

fn noise_row_of(row: u32) -> u32 { return row; }

fn fire_quad(row_at: u32, noise_row: u32, quad: u32, member: Member) {
  let slope = member.slope;

  noise_key = member.key;
  noise_stream = NOISE_STREAM;
  noise_step = control.step;

  let element = noise_row * ROW_DRAWS;

  let end = min(4u * quad + 4u, UNITS);
  var n = 4u * quad;
  loop {
    before_fire(row_at + n * UNIT_WIDTH, slope);

    fire(row_at + n * UNIT_WIDTH, element + n * UNIT_DRAWS, slope, member.tau);
    continuing { n++; break if n >= end; }
  }
}

alias Run = vec4f;
fn around(x: vec4f) -> array<vec4f, LANES> {
  return array(x);
}
fn row_inside(row: u32) -> u32 { return row; }

fn slot_of(step: u32) -> u32 { return 0u; }
fn row_start(slot: u32, member: u32, row: u32) -> u32 {
  return INPUTS_AT / 4u + (member * ROWS + row) * WORDS;
}
fn load_word(at: u32) -> vec4f {
  let i = 4u * at;
  return vec4f(y[i], y[i + 1u], y[i + 2u], y[i + 3u]);
}

const NEXT = SPLITS;
fn words_of(slot: u32, tile: u32, part: u32) -> vec2u { return vec2u(part, WORDS); }
fn word_at(entry: u32) -> u32 { return entry; }

// A tile of rows by a run of outputs. Without `store` an invocation only takes part.
fn forward_tile(slot: u32, member: u32, tile: u32, run: u32, lane: u32, local: u32, store: bool) {
  let first = tile * TILE_ROWS;
  // Invocations 0 to GROUP_TILES - 1 have the last part of a tile each, and add up.
  let part = SPLITS - 1u - local / GROUP_TILES;
  let w = WEIGHTS_AT + member * MEMBER_RUNS + run;

  var start = array<u32, OWN_ROWS>(); // registers
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    start[r] = row_start(slot, member, row_inside(first + LANES * r + lane));
  }

  var sum = array<array<array<f32, RUN>, LANES>, OWN_ROWS>(); // registers
  let entries = words_of(slot, tile, part);
  for (var entry = entries.x; entry < entries.y; entry += NEXT) {
    let k = word_at(entry);
    let w0 = weights[w + (4u * k + 0u) * RUNS];
    let w1 = weights[w + (4u * k + 1u) * RUNS];
    let w2 = weights[w + (4u * k + 2u) * RUNS];
    let w3 = weights[w + (4u * k + 3u) * RUNS];
    for (var r = 0u; r < OWN_ROWS; r++) { // unroll
      let x = around(load_word(start[r] + k));
      for (var i = 0u; i < LANES; i++) { // unroll
        for (var j = 0u; j < RUN; j++) { // unroll
          sum[r][i][j] += x[i].x * w0[j] + x[i].y * w1[j] + x[i].z * w2[j] + x[i].w * w3[j];
        }
      }
    }
  }
  let bias = weights[w + 4u * WORDS * RUNS];

  if (!store) { return; }
  let at = OUTPUTS_AT + (member * ROWS + first) * RUNS + run;
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    for (var i = 0u; i < LANES; i++) { // unroll
      let row = LANES * r + (lane ^ i);
      if (r < SURE_OWN || (row < TILE_ROWS && first + row < ROWS)) {
        var out: Run;
        for (var j = 0u; j < RUN; j++) { // unroll
          out[j] = sum[r][i][j] + bias[j];
        }
        store_run(at + row * RUNS, out);
      }
    }
  }
}
fn place_of(image: u32) -> u32 { return image; }
fn wanted_quad(at: u32) -> vec4f {
  let values = unpack4x8unorm(wanted[at]);
  return values;
}

fn divergence_of(row: u32) -> f32 {
  var kl = 0.0;
  for (var n = 0u; n < 20u; n++) {
    kl += z[50000u + row * 200u + n * 10u];
  }
  return kl;
}

fn loss_of(output: f32, wanted: f32) -> f32 {
  let e = exp(-abs(output));
  let log1p = select(log(1.0 + e), e * (1.0 - e * (0.5 - e / 3.0)), e < 0.01);
  return max(output, 0.0) - output * wanted + log1p;
}
fn gradient_of(output: f32, wanted: f32) -> f32 {
  let e = exp(-abs(output));
  return select(e, 1.0, output >= 0.0) / (1.0 + e) - wanted;
}

var<workgroup> losses: array<array<f32, WORKGROUP>, TILE_ROWS>;
fn value_rows(first: u32, member: u32, local: u32) {
  let end = min(TILE_ROWS, ROWS - first);
  for (var t = 0u; t < end; t++) {
    let start = output_start(member, first + t);
    let wanted_at = wanted_start(first + t);
    var loss = 0.0;
    for (var q = (local + 1u) % WORKGROUP; q < QUADS; q += WORKGROUP) {
      let wanted = wanted_quad(wanted_at + q);
      for (var e = 0u; e < 4u; e++) { // unroll
        let at = start + 4u * q + e;

        let output = output_at(at);
        loss += loss_of(output, wanted[e]);

        set_output(at, gradient_of(output, wanted[e]) / f32(ROWS));
      }
    }
    losses[t][local] = loss;
  }
  workgroupBarrier();
  for (var t = WORKGROUP - 1u - local; t < end; t += WORKGROUP) {
    var loss = 0.0;
    for (var i = 0u; i < WORKGROUP; i++) { loss += losses[t][i]; }
    row_done(member, first + t, loss);
  }
}
fn store_run(at: u32, values: Run) { store_gradient(at, values); }
fn output_start(member: u32, row: u32) -> u32 {
  return 4u * (OUTPUTS_AT + (member * ROWS + row) * QUADS);
}
fn output_at(at: u32) -> f32 { return dz[at]; }
fn set_output(at: u32, value: f32) { dz[at] = value; }
fn wanted_start(row: u32) -> u32 {
  return place_of(batches[control.step % SLOTS * ROWS + row].x) * QUADS;
}
fn row_done(member: u32, row: u32, loss: f32) {
  let at = (member * REPORT_EVERY + control.step % REPORT_EVERY) * ROWS + row;
  let kl = divergence_of(member * ROWS + row);
  metrics[at] = vec2u(bitcast<u32>(loss), bitcast<u32>(kl));
}

fn jacobian(scale: f32) {
  var mean = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    mean += p[i] * d[i];
  }
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    d[i] = scale * p[i] * (d[i] - mean);
  }
}

fn back(at: u32, slope: f32, tau: f32) {
  let scale = slope;
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] = z[at + i];
    d[i] = dz[at + i];
  }
  jacobian(scale / tau);
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    dz[at + i] = d[i];
  }
}

fn after_back(at: u32, member: Member) {
  let scale = member.kl / f32(BATCH);
  for (var i = 0u; i < UNIT_WIDTH; i++) {
    dz[at + i] += scale * z[GRADIENTS_AT + at + i];
  }
}
fn back_neuron(row_at: u32, neuron: u32, member: Member) {
  back(row_at + neuron * UNIT_WIDTH, member.slope, member.tau);

  after_back(row_at + neuron * UNIT_WIDTH, member);
}

fn load_gradient(at: u32) -> vec4f {
  return vec4f(dz[4u * at], dz[4u * at + 1u], dz[4u * at + 2u], dz[4u * at + 3u]);
}
fn store_gradient(at: u32, dx: vec4f) {
  for (var e = 0u; e < 4u; e++) { // unroll
    dz[4u * at + e] = dx[e];
  }
}

// A tile of rows by a word of inputs. Without `store` an invocation only takes part.
fn input_gradient_tile(member: u32, tile: u32, word: u32, lane: u32, store: bool) {
  let first = tile * TILE_ROWS;
  let w = WEIGHTS_AT + member * MEMBER_QUADS + 4u * word * QUADS;

  var start = array<u32, OWN_ROWS>(); // registers
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    start[r] = OUTPUTS_AT + (member * ROWS + row_inside(first + LANES * r + lane)) * QUADS;
  }

  var sum = array<array<vec4f, LANES>, OWN_ROWS>(); // registers
  for (var j = 0u; j < QUADS; j++) {
    let w0 = weights[w + 0u * QUADS + j];
    let w1 = weights[w + 1u * QUADS + j];
    let w2 = weights[w + 2u * QUADS + j];
    let w3 = weights[w + 3u * QUADS + j];
    for (var r = 0u; r < OWN_ROWS; r++) { // unroll
      let g = around(load_gradient(start[r] + j));
      for (var i = 0u; i < LANES; i++) { // unroll
        sum[r][i] += vec4f(dot(g[i], w0), dot(g[i], w1), dot(g[i], w2), dot(g[i], w3));
      }
    }
  }

  if (!store) { return; }
  let at = INPUTS_AT / 4u + (member * ROWS + first) * WORDS + word;
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    for (var i = 0u; i < LANES; i++) { // unroll
      let row = LANES * r + (lane ^ i);
      if (r < SURE_OWN || (row < TILE_ROWS && first + row < ROWS)) {
        store_gradient(at + row * WORDS, sum[r][i]);
      }
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = group.x;
  let first = tile * TILE_ROWS;
  let member = group.y;
  let own = control.members[member];

  const lane = 0u;

  for (var i = WORKGROUP - 1u - local; i < TILE_ROWS * UNIT_QUADS; i += WORKGROUP) {
    let row = first + i / UNIT_QUADS;
    if (row < ROWS) {
      fire_quad(INPUTS_AT + (member * ROWS + row) * STRIDE, noise_row_of(row), i % UNIT_QUADS, own);
    }
  }
  storageBarrier();
  for (var i = local; i < FORWARD_TURNS; i += WORKGROUP) {
    forward_tile(0u, member, tile, min(i, QUADS - 1u), lane, 0u, i < QUADS);
  }
  storageBarrier();
  value_rows(first, member, local);
  storageBarrier();
  for (var i = WORKGROUP - 1u - local; i < GRADIENT_TURNS; i += WORKGROUP) {
    input_gradient_tile(member, tile, min(i, WORDS - 1u), lane, i < WORDS);
  }

  storageBarrier();
  for (var i = local; i < TILE_ROWS * UNITS; i += WORKGROUP) {
    let row = first + i / UNITS;
    if (row < ROWS) {
      back_neuron(INPUTS_AT + (member * ROWS + row) * STRIDE, i % UNITS, own);
    }
  }
  if (local == 0u && group.x == 0u && member == 0u) { control.trained = control.step; }
}

// backward layer 2

const UNITS = 200u;
const UNIT_WIDTH = 1u;
const STRIDE = 200u;
const ROWS = 50u;
const TILE_ROWS = 1u;
const LANES = 1u;
const OWN_ROWS = 1u;
const SURE_OWN = 1u;
const WORDS = 50u;
const QUADS = 50u;
const MEMBER_QUADS = 10050u;
const WEIGHTS_AT = 39250u;
const INPUTS_AT = 0u;
const OUTPUTS_AT = 2500u;
const COUNT = 50u;
const TURNS = 50u;
const WORKGROUP = 64u;
@group(0) @binding(0) var<storage, read> control: Control;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> z: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> dz: array<f32>;

struct Member {
  key: vec2u,     // 64-bit seed, low word first
  rate: f32,      // learning rate, for the mean loss of a batch
  slope: f32,     // multiplies every pre-activation in training; temperature = 1 / slope
  tau: f32,       // temperature of the relaxed estimators (Gumbel-softmax, Concrete, ReinMax)
  anneal: f32,    // slope is multiplied by this after each epoch ...
  cap: f32,       // ... up to this
  shown_slope: f32,  // the slope of evaluation, which is always annealed
  shown_anneal: f32,
  kl: f32,        // weight of the divergence from the uniform choice
}
struct Control {
  step: u32,       // steps done: read by all kernels that need it but the updates
  epoch_steps: u32,
  data_key: vec2u, // keys the batch order alone
  trained: u32,    // the step that gradients belong to: what updates read (advance.ts)
  unused: u32,
  members: array<Member>,
}

fn back(at: u32, slope: f32, tau: f32) {
  dz[at] *= z[at];
}

fn back_neuron(row_at: u32, neuron: u32, member: Member) {
  back(row_at + neuron * UNIT_WIDTH, member.slope, member.tau);
}

alias Run = vec4f;
fn around(x: vec4f) -> array<vec4f, LANES> {
  return array(x);
}
fn row_inside(row: u32) -> u32 { return row; }

// A tile of rows by a word of inputs. Without `store` an invocation only takes part.
fn input_gradient_tile(member: u32, tile: u32, word: u32, lane: u32, store: bool) {
  let first = tile * TILE_ROWS;
  let w = WEIGHTS_AT + member * MEMBER_QUADS + 4u * word * QUADS;

  var start = array<u32, OWN_ROWS>(); // registers
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    start[r] = OUTPUTS_AT + (member * ROWS + row_inside(first + LANES * r + lane)) * QUADS;
  }

  var sum = array<array<vec4f, LANES>, OWN_ROWS>(); // registers
  for (var j = 0u; j < QUADS; j++) {
    let w0 = weights[w + 0u * QUADS + j];
    let w1 = weights[w + 1u * QUADS + j];
    let w2 = weights[w + 2u * QUADS + j];
    let w3 = weights[w + 3u * QUADS + j];
    for (var r = 0u; r < OWN_ROWS; r++) { // unroll
      let g = around(load_gradient(start[r] + j));
      for (var i = 0u; i < LANES; i++) { // unroll
        sum[r][i] += vec4f(dot(g[i], w0), dot(g[i], w1), dot(g[i], w2), dot(g[i], w3));
      }
    }
  }

  if (!store) { return; }
  let at = INPUTS_AT / 4u + (member * ROWS + first) * WORDS + word;
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    for (var i = 0u; i < LANES; i++) { // unroll
      let row = LANES * r + (lane ^ i);
      if (r < SURE_OWN || (row < TILE_ROWS && first + row < ROWS)) {
        store_gradient(at + row * WORDS, sum[r][i]);
      }
    }
  }
}

fn load_gradient(at: u32) -> vec4f {
  return vec4f(dz[4u * at], dz[4u * at + 1u], dz[4u * at + 2u], dz[4u * at + 3u]);
}
fn store_gradient(at: u32, dx: vec4f) {
  for (var e = 0u; e < 4u; e++) { // unroll
    dz[4u * at + e] = dx[e];
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = group.x;
  let first = tile * TILE_ROWS;
  let member = group.y;
  let own = control.members[member];

  const lane = 0u;

  for (var i = WORKGROUP - 1u - local; i < TURNS; i += WORKGROUP) {
    input_gradient_tile(member, tile, min(i, COUNT - 1u), lane, i < COUNT);
  }

  storageBarrier();
  for (var i = local; i < TILE_ROWS * UNITS; i += WORKGROUP) {
    let row = first + i / UNITS;
    if (row < ROWS) {
      back_neuron(INPUTS_AT + (member * ROWS + row) * STRIDE, i % UNITS, own);
    }
  }
}

// update all layers

const GROUPS_X = 350u;
const SLOTS = 100u;
const STATE_LENGTH = 354784u;
const WORKGROUP = 64u;
const COUNT = 22396u;
const ROWS = 50u;
const TOGETHER = 2u;
const LANES = 1u;
const OWN_WORDS = 1u;
const GROUP = 1u;
const PARTS = 1u;
const RUN = 4u;
const SURE_PARTS = 1u;
@group(0) @binding(0) var<storage, read> images: array<u32>;
@group(0) @binding(1) var<storage, read> batches: array<vec2u>;
@group(0) @binding(2) var<storage, read> lists: array<u32>;
@group(0) @binding(3) var<storage, read> y: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> state: array<f32>;
@group(0) @binding(5) var<storage, read> dz: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> control: Control;
@group(0) @binding(7) var<storage, read_write> weights: array<vec4f>;

struct Member {
  key: vec2u,     // 64-bit seed, low word first
  rate: f32,      // learning rate, for the mean loss of a batch
  slope: f32,     // multiplies every pre-activation in training; temperature = 1 / slope
  tau: f32,       // temperature of the relaxed estimators (Gumbel-softmax, Concrete, ReinMax)
  anneal: f32,    // slope is multiplied by this after each epoch ...
  cap: f32,       // ... up to this
  shown_slope: f32,  // the slope of evaluation, which is always annealed
  shown_anneal: f32,
  kl: f32,        // weight of the divergence from the uniform choice
}
struct Control {
  step: u32,       // steps done: read by all kernels that need it but the updates
  epoch_steps: u32,
  data_key: vec2u, // keys the batch order alone
  trained: u32,    // the step that gradients belong to: what updates read (advance.ts)
  unused: u32,
  members: array<Member>,
}

alias Run = vec4f;
fn around(x: vec4f) -> array<vec4f, LANES> {
  return array(x);
}

fn since_zero(q: f32, t: u32) -> f32 {
  var all = 0.0;
  var factor = q;
  for (var bits = t; bits > 0u; bits >>= 1u) {
    if ((bits & 1u) == 1u) { all += factor * (1.0 - all); }
    factor *= 2.0 - factor;
  }
  return all;
}

var<private> mean_weight: f32;
var<private> square_weight: f32;
fn optimize(weight: f32, gradient: f32, rate: f32, at: u32) -> f32 {
  var mean = state[at];
  var square = state[STATE_LENGTH + at];
  mean += 0.1 * (gradient - mean);
  square += 0.001 * (gradient * gradient - square);
  state[at] = mean;
  state[STATE_LENGTH + at] = square;
  return weight - rate * (mean / mean_weight) / (sqrt(square / square_weight) + 1e-8);
}

fn advance() {
  let step = control.trained + 1u;
  control.step = step;
  if (step % control.epoch_steps == 0u) {
    for (var m = 0u; m < arrayLength(&control.members); m++) {
      let member = control.members[m];
      control.members[m].slope = min(member.slope * member.anneal, member.cap);
      control.members[m].shown_slope = min(member.shown_slope * member.shown_anneal, member.cap);
    }
  }
}

// A layer is words of inputs by runs of outputs, in tiles. A member has `across` tiles in a row.
// In `columns` lie those of a member, or, of images, of all members side by side; quads pad
// them to a `block`. A row of tiles takes `taken` invocations: a block, or one for each
// member. There are `down` rows and one more, of biases. The layer's invocations begin at
// `start`.
struct Layer {
  start: u32,
  of_images: bool,
  words: u32,
  runs: u32,
  across: u32,
  columns: u32,
  block: u32,
  taken: u32,
  down: u32,
  row_words: u32,
  inputs_at: u32,
  weights_at: u32,
  outputs_at: u32,
  member_runs: u32,
}
fn layer_at(number: u32) -> Layer {
  if (number >= 12400u) {
    return Layer(
      /* start */ 12400u,
      /* of_images */ false,
      /* words */ 50u,
      /* runs */ 196u,
      /* across */ 196u,
      /* columns */ 196u,
      /* block */ 196u,
      /* taken */ 196u,
      /* down */ 50u,
      /* row_words */ 1u,
      /* inputs_at */ 2500u,
      /* weights_at */ 49300u,
      /* outputs_at */ 5000u,
      /* member_runs */ 39396u);
  }
  if (number >= 9850u) {
    return Layer(
      /* start */ 9850u,
      /* of_images */ false,
      /* words */ 50u,
      /* runs */ 50u,
      /* across */ 50u,
      /* columns */ 50u,
      /* block */ 50u,
      /* taken */ 50u,
      /* down */ 50u,
      /* row_words */ 1u,
      /* inputs_at */ 0u,
      /* weights_at */ 39250u,
      /* outputs_at */ 2500u,
      /* member_runs */ 10050u);
  }
  return Layer(
    /* start */ 0u,
    /* of_images */ true,
    /* words */ 196u,
    /* runs */ 50u,
    /* across */ 50u,
    /* columns */ 50u,
    /* block */ 50u,
    /* taken */ 50u,
    /* down */ 196u,
    /* row_words */ 7u,
    /* inputs_at */ 0u,
    /* weights_at */ 0u,
    /* outputs_at */ 0u,
    /* member_runs */ 39250u);
}

// Where a row of x begins, in words; four of its inputs; which rows hold any of a group of words.
fn place_of(image: u32) -> u32 { return image; }
fn row_start(layer: Layer, slot: u32, member: u32, row: u32) -> u32 {
  if (layer.of_images) { return place_of(batches[slot * ROWS + row].x) * layer.words; }
  return layer.inputs_at + (member * ROWS + row) * layer.words;
}
fn load_word(layer: Layer, at: u32) -> vec4f {
  if (layer.of_images) { return unpack4x8unorm(images[at]); }
  return y[at];
}
fn rows_of(layer: Layer, slot: u32, place: u32) -> vec2u {
  if (layer.of_images) { let list = (slot * layer.down + place) * (ROWS + 1u);
    return list + 1u + vec2u(0u, lists[list]); }
  return vec2u(0u, ROWS);
}
fn row_at(layer: Layer, entry: u32) -> u32 {
  if (layer.of_images) { return lists[entry]; }
  return entry;
}

// The words of a group lie above each other in an image.
fn word_of(layer: Layer, place: u32, n: u32) -> u32 {
  return place % layer.row_words + (place / layer.row_words * GROUP + n) * layer.row_words;
}

fn optimize_run(at: u32, gradient: Run, rate: f32) {
  let old = weights[at];
  var out: Run;
  for (var j = 0u; j < RUN; j++) { // unroll
    out[j] = optimize(old[j], gradient[j], rate, RUN * at + j);
  }
  weights[at] = out;
}

fn update_bias(layer: Layer, member: u32, column: u32, rate: f32) {
  let dz_at = layer.outputs_at + member * ROWS * layer.runs + column;
  let bias = layer.weights_at + member * layer.member_runs + 4u * layer.words * layer.runs + column;
  for (var part = 0u; part < PARTS && column + part < layer.runs; part++) {
    var sum = Run();
    for (var row = 0u; row < ROWS; row++) {
      let g = dz[dz_at + row * layer.runs + part];
      for (var j = 0u; j < RUN; j++) { // unroll
        sum[j] += g[j];
      }
    }
    optimize_run(bias + part, sum, rate);
  }
}

// Without `store` an invocation only takes part.
fn update_tile(layer: Layer, member: u32, place: u32, column: u32, lane: u32, store: bool) {
  let slot = control.trained % SLOTS;
  let rate = control.members[member].rate;
  mean_weight = since_zero(0.1, control.trained + 1u);
  square_weight = since_zero(0.001, control.trained + 1u);
  if (place == layer.down) {
    if (store) { update_bias(layer, member, column, rate); }
    return;
  }
  let dz_at = layer.outputs_at + member * ROWS * layer.runs + column;

  var own = array<u32, OWN_WORDS>(); // registers
  for (var n = 0u; n < OWN_WORDS; n++) { // unroll
    own[n] = word_of(layer, place, LANES * n + lane);
  }

  var sum = array<array<array<array<array<f32, RUN>, PARTS>, 4>, LANES>, OWN_WORDS>(); // registers
  let rows = rows_of(layer, slot, place);
  for (var entry = rows.x; entry < rows.y; entry += TOGETHER) {
    for (var o = 0u; o < TOGETHER; o++) { // unroll
      let row = row_at(layer, entry + o);
      let start = row_start(layer, slot, member, row);
      var g = array<Run, PARTS>(); // registers
      for (var part = 0u; part < PARTS; part++) { // unroll
        g[part] = dz[dz_at + row * layer.runs + part];
      }
      for (var n = 0u; n < OWN_WORDS; n++) { // unroll
        let x = around(load_word(layer, start + own[n]));
        for (var i = 0u; i < LANES; i++) { // unroll
          for (var e = 0u; e < 4u; e++) { // unroll
            for (var part = 0u; part < PARTS; part++) { // unroll
              for (var j = 0u; j < RUN; j++) { // unroll
                sum[n][i][e][part][j] += x[i][e] * g[part][j];
              }
            }
          }
        }
      }
    }
  }

  if (!store) { return; }
  let at = layer.weights_at + member * layer.member_runs + column;
  for (var n = 0u; n < OWN_WORDS; n++) { // unroll
    for (var i = 0u; i < LANES; i++) { // unroll
      let word = word_of(layer, place, LANES * n + (lane ^ i));

      for (var e = 0u; e < 4u; e++) { // unroll
        for (var part = 0u; part < PARTS; part++) { // unroll
          if (part < SURE_PARTS || column + part < layer.runs) {
            var gradient: Run;
            for (var j = 0u; j < RUN; j++) { // unroll
              gradient[j] = sum[n][i][e][part][j];
            }
            optimize_run(at + (4u * word + e) * layer.runs + part, gradient, rate);
          }
        }
      }
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let number = (group.x + group.y * GROUPS_X) * WORKGROUP + local;

  if (number == 0u) { advance(); }

  if (number >= COUNT) { return; }
  let layer = layer_at(number);
  let place = (number - layer.start) / layer.taken;
  let at = (number - layer.start) % layer.taken;

  let column = at % layer.block;
  const store = true;

  const lane = 0u;

  let member = at / layer.block + column / layer.across;
  update_tile(layer, member, place, column % layer.across * PARTS, lane, store);
}

// score

const UNITS = 20u;
const UNIT_QUADS = 5u;
const UNIT_WIDTH = 10u;
const STRIDE = 200u;
const CATEGORIES = 10u;
const UNIT_DRAWS = 10u;
const ROW_DRAWS = 200u;
const NOISE_STREAM = 258u;
const GRADIENTS_AT = 400000u;
const VALUES_AT = 800000u;
const WORDS = 50u;
const INPUTS_AT = 200000u;
const ROWS = 1000u;
const TILE_ROWS = 2u;
const LANES = 1u;
const OWN_ROWS = 2u;
const SURE_OWN = 2u;
const RUN = 4u;
const RUNS = 196u;
const MEMBER_RUNS = 39396u;
const WEIGHTS_AT = 49300u;
const OUTPUTS_AT = 0u;
const SPLITS = 1u;
const WORKGROUP = 64u;
const GROUP_TILES = 64u;
const QUADS = 196u;
const FORWARD_TURNS = 196u;
@group(0) @binding(0) var<storage, read> control: Control;
@group(0) @binding(1) var<storage, read> batches: array<vec2u>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> z: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read> wanted: array<u32>;
@group(0) @binding(6) var<storage, read_write> outputs: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> scores: array<vec2f>;

struct Member {
  key: vec2u,     // 64-bit seed, low word first
  rate: f32,      // learning rate, for the mean loss of a batch
  slope: f32,     // multiplies every pre-activation in training; temperature = 1 / slope
  tau: f32,       // temperature of the relaxed estimators (Gumbel-softmax, Concrete, ReinMax)
  anneal: f32,    // slope is multiplied by this after each epoch ...
  cap: f32,       // ... up to this
  shown_slope: f32,  // the slope of evaluation, which is always annealed
  shown_anneal: f32,
  kl: f32,        // weight of the divergence from the uniform choice
}
struct Control {
  step: u32,       // steps done: read by all kernels that need it but the updates
  epoch_steps: u32,
  data_key: vec2u, // keys the batch order alone
  trained: u32,    // the step that gradients belong to: what updates read (advance.ts)
  unused: u32,
  members: array<Member>,
}

var<private> p: array<f32, CATEGORIES>;
var<private> d: array<f32, CATEGORIES>;

struct Top { value: f32, index: u32 }
fn top_of() -> Top {
  var top = Top(p[0], 0u);
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    top = Top(max(top.value, p[i]), select(top.index, i, p[i] > top.value));
  }
  return top;
}
fn soften(sharpness: f32) {
  let top = top_of().value;
  var sum = 0.0;
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] = exp(sharpness * (p[i] - top));
    sum += p[i];
  }
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] /= sum;
  }
}

const PHILOX_ROUNDS = 10u;
fn multiply_high(a: u32, b: u32) -> u32 {
  let low = b & 0xffffu;
  let high = b >> 16u;
  let cross = (a >> 16u) * low + (((a & 0xffffu) * low) >> 16u);
  return (a >> 16u) * high + (cross >> 16u) + (((a & 0xffffu) * high + (cross & 0xffffu)) >> 16u);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < PHILOX_ROUNDS; round++) { // unroll
    let high0 = multiply_high(0xD2511F53u, c.x);
    let high1 = multiply_high(0xCD9E8D57u, c.z);
    c = vec4u(high1 ^ c.y ^ k.x, 0xCD9E8D57u * c.z, high0 ^ c.w ^ k.y, 0xD2511F53u * c.x);
    k += vec2u(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}

fn unit(bits24: u32) -> f32 {
  return f32(bits24) * 0x1p-24;
}

var<private> noise_key: vec2u;
var<private> noise_stream: u32;
var<private> noise_step: u32;
var<private> noise_words: vec4u;
fn open_block(block: u32) {
  noise_words = philox(vec4u(block, noise_stream, noise_step, 0u), noise_key);
}

var<private> noise_block: u32 = 0xffffffffu;
fn draw(element: u32) -> u32 {
  if (element >> 2u != noise_block) {
    noise_block = element >> 2u;
    open_block(noise_block);
  }
  return noise_words[element & 3u] >> 8u;
}

fn choose(at: u32, choice: u32) {
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    y[at + i] = select(0.0, 1.0, i == choice);
  }
}

fn minus_log_unit(k: u32) -> f32 {
  if (k < 0x800000u) { return -log((f32(k) + 0.5) * 0x1p-24); }
  let v = (f32(0x1000000u - k) - 0.5) * 0x1p-24;
  let a = v / (2.0 - v);
  let b = a * a;
  let tail = 1.0 / 7.0 + b * (1.0 / 9.0 + b * (1.0 / 11.0 + b / 13.0));
  return 2.0 * a * (1.0 + b * (1.0 / 3.0 + b * (1.0 / 5.0 + b * tail)));
}
fn perturb(element: u32, slope: f32) {
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] = slope * p[i] - log(minus_log_unit(draw(element + i)));
  }
}

fn fire(at: u32, element: u32, slope: f32, tau: f32) {
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    p[i] = z[at + i];
  }

  perturb(element, slope);
  choose(at, top_of().index);
  soften(1.0 / tau);
  for (var i = 0u; i < CATEGORIES; i++) { // unroll
    z[at + i] = p[i];
  }
}

fn before_fire(at: u32, slope: f32) {
  var top = z[at];
  for (var i = 1u; i < UNIT_WIDTH; i++) {
    top = max(top, z[at + i]);
  }
  var sum = 0.0;
  for (var i = 0u; i < UNIT_WIDTH; i++) {
    sum += exp(slope * (z[at + i] - top));
  }
  let log_sum = log(sum);
  var mean = 0.0; // of log p
  for (var i = 0u; i < UNIT_WIDTH; i++) {
    let log_p = slope * (z[at + i] - top) - log_sum;
    mean += exp(log_p) * log_p;
  }
  for (var i = 0u; i < UNIT_WIDTH; i++) {
    let log_p = slope * (z[at + i] - top) - log_sum;
    z[GRADIENTS_AT + at + i] = slope * exp(log_p) * (log_p - mean);
  }
  z[VALUES_AT + at] = log(f32(UNIT_WIDTH)) + mean;
}

fn noise_row_of(row: u32) -> u32 { return batches[row].x; }

fn fire_quad(row_at: u32, noise_row: u32, quad: u32, member: Member) {
  let slope = member.shown_slope;

  noise_key = member.key;
  noise_stream = NOISE_STREAM;
  noise_step = control.step;

  let element = noise_row * ROW_DRAWS;

  let end = min(4u * quad + 4u, UNITS);
  var n = 4u * quad;
  loop {
    before_fire(row_at + n * UNIT_WIDTH, slope);

    fire(row_at + n * UNIT_WIDTH, element + n * UNIT_DRAWS, slope, member.tau);
    continuing { n++; break if n >= end; }
  }
}

alias Run = vec4f;
fn around(x: vec4f) -> array<vec4f, LANES> {
  return array(x);
}
fn row_inside(row: u32) -> u32 { return row; }

fn slot_of(step: u32) -> u32 { return 0u; }
fn row_start(slot: u32, member: u32, row: u32) -> u32 {
  return INPUTS_AT / 4u + (member * ROWS + row) * WORDS;
}
fn load_word(at: u32) -> vec4f {
  let i = 4u * at;
  return vec4f(y[i], y[i + 1u], y[i + 2u], y[i + 3u]);
}

const NEXT = SPLITS;
fn words_of(slot: u32, tile: u32, part: u32) -> vec2u { return vec2u(part, WORDS); }
fn word_at(entry: u32) -> u32 { return entry; }

// A tile of rows by a run of outputs. Without `store` an invocation only takes part.
fn forward_tile(slot: u32, member: u32, tile: u32, run: u32, lane: u32, local: u32, store: bool) {
  let first = tile * TILE_ROWS;
  // Invocations 0 to GROUP_TILES - 1 have the last part of a tile each, and add up.
  let part = SPLITS - 1u - local / GROUP_TILES;
  let w = WEIGHTS_AT + member * MEMBER_RUNS + run;

  var start = array<u32, OWN_ROWS>(); // registers
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    start[r] = row_start(slot, member, row_inside(first + LANES * r + lane));
  }

  var sum = array<array<array<f32, RUN>, LANES>, OWN_ROWS>(); // registers
  let entries = words_of(slot, tile, part);
  for (var entry = entries.x; entry < entries.y; entry += NEXT) {
    let k = word_at(entry);
    let w0 = weights[w + (4u * k + 0u) * RUNS];
    let w1 = weights[w + (4u * k + 1u) * RUNS];
    let w2 = weights[w + (4u * k + 2u) * RUNS];
    let w3 = weights[w + (4u * k + 3u) * RUNS];
    for (var r = 0u; r < OWN_ROWS; r++) { // unroll
      let x = around(load_word(start[r] + k));
      for (var i = 0u; i < LANES; i++) { // unroll
        for (var j = 0u; j < RUN; j++) { // unroll
          sum[r][i][j] += x[i].x * w0[j] + x[i].y * w1[j] + x[i].z * w2[j] + x[i].w * w3[j];
        }
      }
    }
  }
  let bias = weights[w + 4u * WORDS * RUNS];

  if (!store) { return; }
  let at = OUTPUTS_AT + (member * ROWS + first) * RUNS + run;
  for (var r = 0u; r < OWN_ROWS; r++) { // unroll
    for (var i = 0u; i < LANES; i++) { // unroll
      let row = LANES * r + (lane ^ i);
      if (r < SURE_OWN || (row < TILE_ROWS && first + row < ROWS)) {
        var out: Run;
        for (var j = 0u; j < RUN; j++) { // unroll
          out[j] = sum[r][i][j] + bias[j];
        }
        store_run(at + row * RUNS, out);
      }
    }
  }
}
fn place_of(image: u32) -> u32 { return image; }
fn wanted_quad(at: u32) -> vec4f {
  let values = unpack4x8unorm(wanted[at]);
  return values;
}

fn divergence_of(row: u32) -> f32 {
  var kl = 0.0;
  for (var n = 0u; n < 20u; n++) {
    kl += z[1000000u + row * 200u + n * 10u];
  }
  return kl;
}

fn loss_of(output: f32, wanted: f32) -> f32 {
  let e = exp(-abs(output));
  let log1p = select(log(1.0 + e), e * (1.0 - e * (0.5 - e / 3.0)), e < 0.01);
  return max(output, 0.0) - output * wanted + log1p;
}
fn gradient_of(output: f32, wanted: f32) -> f32 {
  let e = exp(-abs(output));
  return select(e, 1.0, output >= 0.0) / (1.0 + e) - wanted;
}

var<workgroup> losses: array<array<f32, WORKGROUP>, TILE_ROWS>;
fn value_rows(first: u32, member: u32, local: u32) {
  let end = min(TILE_ROWS, ROWS - first);
  for (var t = 0u; t < end; t++) {
    let start = output_start(member, first + t);
    let wanted_at = wanted_start(first + t);
    var loss = 0.0;
    for (var q = (local + 1u) % WORKGROUP; q < QUADS; q += WORKGROUP) {
      let wanted = wanted_quad(wanted_at + q);
      for (var e = 0u; e < 4u; e++) { // unroll
        let at = start + 4u * q + e;

        let output = output_at(at);
        loss += loss_of(output, wanted[e]);
      }
    }
    losses[t][local] = loss;
  }
  workgroupBarrier();
  for (var t = WORKGROUP - 1u - local; t < end; t += WORKGROUP) {
    var loss = 0.0;
    for (var i = 0u; i < WORKGROUP; i++) { loss += losses[t][i]; }
    row_done(member, first + t, loss);
  }
}
fn store_run(at: u32, values: Run) { outputs[at] = values; }
fn output_start(member: u32, row: u32) -> u32 { return 4u * (member * ROWS + row) * QUADS; }
fn output_at(at: u32) -> f32 { return outputs[at / 4u][at % 4u]; }
fn wanted_start(row: u32) -> u32 { return place_of(batches[row].x) * QUADS; }
fn row_done(member: u32, row: u32, loss: f32) {
  let at = member * ROWS + row;
  scores[at] = select(vec2f(loss, divergence_of(at)), vec2f(0.0), batches[row].y == 0xffffffffu);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = group.x;
  let first = tile * TILE_ROWS;
  let member = group.y;
  let own = control.members[member];

  const lane = 0u;

  for (var i = WORKGROUP - 1u - local; i < TILE_ROWS * UNIT_QUADS; i += WORKGROUP) {
    let row = first + i / UNIT_QUADS;
    if (row < ROWS) {
      fire_quad(INPUTS_AT + (member * ROWS + row) * STRIDE, noise_row_of(row), i % UNIT_QUADS, own);
    }
  }
  storageBarrier();
  for (var i = local; i < FORWARD_TURNS; i += WORKGROUP) {
    forward_tile(0u, member, tile, min(i, QUADS - 1u), lane, 0u, i < QUADS);
  }
  storageBarrier();
  value_rows(first, member, local);
}

// sum of scores

const WORKGROUP = 64u;
const ROWS = 1000u;
@group(0) @binding(0) var<storage, read> scores: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> reports: array<Report>;

struct Report {
  loss: f32,                      // sum over the rows trained on
  correct: u32,                   // of the rows trained on; against values, bits of the sum of KL
  evaluated_correct: atomic<u32>, // of an evaluation
  broken_layers: atomic<u32>,     // bit l: layer l (31: or above) has weights that are not finite
  evaluated_loss: f32,            // sum over the rows of an evaluation against values ...
  evaluated_kl: f32,              // ... and of their divergence
}

var<workgroup> sums: array<vec2f, WORKGROUP>;
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  var sum = vec2f();
  for (var row = local; row < ROWS; row += WORKGROUP) {
    sum += scores[group.x * ROWS + row];
  }
  sums[local] = sum;
  workgroupBarrier();
  if (local == 0u) {
    for (var i = 1u; i < WORKGROUP; i++) { sum += sums[i]; }
    reports[group.x].evaluated_loss += sum.x;
    reports[group.x].evaluated_kl += sum.y;
  }
}

// report

const WORKGROUP = 64u;
const ROWS = 50u;
const REPORT_EVERY = 100u;
@group(0) @binding(0) var<storage, read> control: Control;
@group(0) @binding(1) var<storage, read> metrics: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> reports: array<Report>;

struct Member {
  key: vec2u,     // 64-bit seed, low word first
  rate: f32,      // learning rate, for the mean loss of a batch
  slope: f32,     // multiplies every pre-activation in training; temperature = 1 / slope
  tau: f32,       // temperature of the relaxed estimators (Gumbel-softmax, Concrete, ReinMax)
  anneal: f32,    // slope is multiplied by this after each epoch ...
  cap: f32,       // ... up to this
  shown_slope: f32,  // the slope of evaluation, which is always annealed
  shown_anneal: f32,
  kl: f32,        // weight of the divergence from the uniform choice
}
struct Control {
  step: u32,       // steps done: read by all kernels that need it but the updates
  epoch_steps: u32,
  data_key: vec2u, // keys the batch order alone
  trained: u32,    // the step that gradients belong to: what updates read (advance.ts)
  unused: u32,
  members: array<Member>,
}

struct Report {
  loss: f32,                      // sum over the rows trained on
  correct: u32,                   // of the rows trained on; against values, bits of the sum of KL
  evaluated_correct: atomic<u32>, // of an evaluation
  broken_layers: atomic<u32>,     // bit l: layer l (31: or above) has weights that are not finite
  evaluated_loss: f32,            // sum over the rows of an evaluation against values ...
  evaluated_kl: f32,              // ... and of their divergence
}

var<workgroup> losses: array<f32, WORKGROUP>;
var<workgroup> seconds: array<f32, WORKGROUP>;
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let filled = ((control.step + REPORT_EVERY - 1u) % REPORT_EVERY + 1u) * ROWS;
  var loss = 0.0;
  var second = f32(0);
  for (var i = local; i < filled; i += WORKGROUP) {
    let row = metrics[group.x * REPORT_EVERY * ROWS + i];
    loss += bitcast<f32>(row.x);
    second += bitcast<f32>(row.y);
  }
  losses[local] = loss;
  seconds[local] = second;
  workgroupBarrier();
  if (local == 0u) {
    for (var i = 1u; i < WORKGROUP; i++) {
      loss += losses[i];
      second += seconds[i];
    }
    reports[group.x].loss = loss;
    reports[group.x].correct = bitcast<u32>(second);
  }
}

// finite

const WORKGROUP = 64u;
const TOTAL = 88696u;
const INVOCATIONS = 88704u;
@group(0) @binding(0) var<storage, read> weights: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> reports: array<Report>;

struct Report {
  loss: f32,                      // sum over the rows trained on
  correct: u32,                   // of the rows trained on; against values, bits of the sum of KL
  evaluated_correct: atomic<u32>, // of an evaluation
  broken_layers: atomic<u32>,     // bit l: layer l (31: or above) has weights that are not finite
  evaluated_loss: f32,            // sum over the rows of an evaluation against values ...
  evaluated_kl: f32,              // ... and of their divergence
}

struct Layer {
  index: u32,
  start: u32,
  member_quads: u32,
}
fn layer_at(number: u32) -> Layer {
  if (number >= 49300u) {
    return Layer(
      /* index */ 2u,
      /* start */ 49300u,
      /* member_quads */ 39396u);
  }
  if (number >= 39250u) {
    return Layer(
      /* index */ 1u,
      /* start */ 39250u,
      /* member_quads */ 10050u);
  }
  return Layer(
    /* index */ 0u,
    /* start */ 0u,
    /* member_quads */ 39250u);
}
const EXPONENT = vec4u(0x7f800000u);

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var at = id.x; at < TOTAL; at += INVOCATIONS) {
    if (any((weights[at] & EXPONENT) == EXPONENT)) {
      let layer = layer_at(at);
      let member = (at - layer.start) / layer.member_quads;
      atomicOr(&reports[member].broken_layers, 1u << min(layer.index, 31u));
    }
  }
}
