//! The graph as data: its names, weights and formulas, and its dependents.

use std::path::Path;

use layerwise::checkpoint::Checkpoint;
use layerwise::graph::arch::{Arch, Norms};
use layerwise::graph::formula::Formula;
use layerwise::graph::operation::Operation;
use layerwise::graph::{Graph, Node, NodeId};
use layerwise::trace::hook::Layer;
use layerwise::trace::names::HOOK_POINTS;
use layerwise::trace::plan::{Axis, Plan};
use layerwise::trace::source::ModelInfo;
use layerwise::trace::tensor::Dtype;

/// Each small model of the fixtures.
fn models() -> Vec<(Checkpoint, ModelInfo)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    let open = |entry: std::io::Result<std::fs::DirEntry>| {
        let checkpoint = Checkpoint::open(&entry.unwrap().path()).unwrap();
        let info = checkpoint.info(Dtype::F32, "cpu".into()).unwrap();
        (checkpoint, info)
    };
    std::fs::read_dir(root).unwrap().map(open).collect()
}

fn arch(family: &str) -> Arch {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
    Checkpoint::open(&root.join(family)).unwrap().arch
}

fn names(graph: &Graph, ids: &[NodeId]) -> Vec<String> {
    ids.iter().map(|id| graph.node(*id).name.clone()).collect()
}

#[test]
fn every_name_is_in_the_table_with_its_axes_and_in_its_order() {
    for (checkpoint, _) in models() {
        let graph = checkpoint.graph();
        let mut last = (Layer::Embed, None);
        for (_, node) in graph.nodes().filter(|(_, node)| node.hook) {
            let inner = node.name.strip_prefix(&format!("{}.", node.layer));
            let inner = inner.unwrap_or(&node.name);
            let place = HOOK_POINTS.iter().position(|(name, _)| *name == inner);
            let place = place.unwrap_or_else(|| panic!("{} is not in the table", node.name));
            let axes: Vec<Axis> = node.shape.iter().map(|dim| dim.axis).collect();
            // Rows of tokens and what is added to them may be shorter than the stream, and so may what a head writes.
            let ends = matches!(node.layer, Layer::Embed | Layer::Unembed);
            let narrow = axes.contains(&Axis::DEmbed) && ends;
            // A gate of whole heads has one number for each.
            let whole = inner == "attn.hook_gate" && axes.last() == Some(&Axis::One);
            let fits = narrow || whole || axes == HOOK_POINTS[place].1;
            assert!(fits, "{}", node.name);
            let in_order = last.0 != node.layer || Some(place) > last.1;
            // A norm of sums comes after them, one of rotated queries and keys after those, and a head with a norm of its
            // own after the stream's.
            let late = checkpoint.arch.block.norms == Norms::Post
                || checkpoint.arch.unembedding.stream_norm
                || node.layer == Layer::Embed
                || checkpoint.arch.attention.norm_turned;
            assert!(in_order || late, "{} of {}", node.name, checkpoint.name());
            last = (node.layer, Some(place));
        }
    }
}

#[test]
fn names_tell_the_residual_stream_as_the_graph_does() {
    for (checkpoint, _) in models() {
        let plan = checkpoint.graph().plan(3, 2);
        assert_eq!(
            plan,
            Plan::new(plan.points().to_vec()),
            "{}",
            checkpoint.name()
        );
    }
}

/// A model's formulas from its trace equal the model's own.
fn formulas_are_those_of_the_model(checkpoint: &Checkpoint, info: &ModelInfo) {
    let (arch, graph) = (&checkpoint.arch, checkpoint.graph());
    let read = Arch::of_trace(info, &graph.plan(4, 3));
    for (id, node) in graph.nodes().filter(|(_, node)| node.hook) {
        let formula = |arch, graph: &Graph, id| {
            let formula = Formula {
                arch,
                graph,
                tokens: 4,
                past: 3,
                certain: true,
            };
            formula.of(id)
        };
        let alone = Graph::of_layer(&read, node.layer);
        let found = alone.find(&node.name);
        let found = found.unwrap_or_else(|| panic!("{}", node.name));
        let own = formula(arch, &graph, id);
        assert!(!own.is_empty(), "{}", node.name);
        assert_eq!(formula(&read, &alone, found), own, "{}", checkpoint.name());
    }
}

#[test]
fn a_trace_keeps_the_architecture() {
    for (checkpoint, info) in models() {
        let json = serde_json::to_string(&info).unwrap();
        let info: ModelInfo = serde_json::from_str(&json).unwrap();
        let plan = checkpoint.graph().plan(4, 3);
        assert_eq!(Arch::of_trace(&info, &plan), checkpoint.arch);
        formulas_are_those_of_the_model(&checkpoint, &info);
    }
}

/// The facts in traces that did not store the architecture.
const FACTS: &str = r#"{"embed_scale": 4.0, "alibi": false, "centred": false, "norm_weight": true,
    "norm_offset": 1.0, "biases": [], "d_rotary": [8, 8], "score_scales": [0.31622776601683794,
    0.31622776601683794], "windows": [5, null], "score_cap": 2.0, "sinks": false, "residual_scale": 1.0,
    "activation": "gelu_tanh", "gate_clamp": null, "linear_offset": 0.0, "renormalised": false,
    "logit_scale": 1.0, "logit_cap": 1.5}"#;

#[test]
fn an_older_trace_gives_the_same_formulas_by_its_facts_and_names() {
    let (checkpoint, mut info) = (models().into_iter())
        .find(|(checkpoint, _)| checkpoint.name() == "gemma2")
        .unwrap();
    info.arch = None;
    info.facts = serde_json::from_str(FACTS).unwrap();
    formulas_are_those_of_the_model(&checkpoint, &info);
}

#[test]
fn a_node_reads_only_what_stands_before_it_and_weights_have_the_shapes_of_its_axes() {
    for (checkpoint, _) in models() {
        let graph = checkpoint.graph();
        for (id, node) in graph.nodes() {
            assert!(node.inputs.iter().all(|input| *input < id), "{}", node.name);
            if let Operation::Linear { .. } = node.operation {
                let inputs = graph.node(node.inputs[0]).width();
                assert_eq!(
                    node.weights[0].shape,
                    [node.width(), inputs],
                    "{}",
                    node.name
                );
            }
        }
        // A node that is not a hook point is read twice, crosses a layer, holds a state, has weights, or is
        // read by an embedding's norm or a pooler.
        for (id, node) in graph.nodes().filter(|(_, node)| !node.hook) {
            let reads = |(_, reader): &(NodeId, &Node)| reader.inputs.contains(&id);
            let readers: Vec<_> = graph.nodes().filter(reads).collect();
            let crosses = readers.iter().any(|reader| reader.1.layer != node.layer);
            let state = matches!(
                node.operation,
                Operation::Append | Operation::Pool(_) | Operation::Sum
            );
            let given = node.operation.is_input();
            assert!(
                readers.len() > 1 || crosses || state || given || !node.weights.is_empty(),
                "{}",
                node.name
            );
        }
    }
}

#[test]
fn a_schedule_is_what_lies_between_given_and_wanted() {
    let graph = Graph::new(&arch("llama"));
    let id = |name: &str| graph.find(name).unwrap();
    let block = graph.position(Layer::Block(1)).unwrap();
    let given = [id("blocks.1.hook_resid_mid")];
    let wanted = [id("blocks.1.mlp.hook_post")];
    let schedule = graph
        .schedule(block, |id| given.contains(&id), &wanted)
        .unwrap();
    assert_eq!(
        names(&graph, &schedule),
        [
            "blocks.1.ln2.hook_scale",
            "blocks.1.ln2.hook_normalized",
            "blocks.1.ln2.hook_out",
            "blocks.1.mlp.hook_pre",
            "blocks.1.mlp.hook_pre_linear",
            "blocks.1.mlp.hook_post",
        ]
    );
    let error = graph.schedule(block, |_| false, &wanted).unwrap_err();
    assert_eq!(error.missing, ["blocks.0.hook_resid_post"]);
    assert_eq!(
        error.to_string(),
        "blocks.1.mlp.hook_post cannot be computed: blocks.0.hook_resid_post must be given"
    );
}

#[test]
fn a_changed_value_reaches_what_reads_it_and_the_states_of_later_passes() {
    let graph = Graph::new(&arch("gpt2"));
    let id = |name: &str| graph.find(name).unwrap();
    let changed = graph.dependents(&[id("blocks.1.attn.hook_v")]);
    let found = names(&graph, &changed);
    assert!(found.iter().any(|name| name == "blocks.1.attn.hook_z"));
    assert!(
        !found
            .iter()
            .any(|name| name == "blocks.1.attn.hook_pattern")
    );
    assert!(!found.iter().any(|name| name.starts_with("blocks.0.")));
    let states = graph.changed_states(&changed);
    assert_eq!(names(&graph, &states), ["blocks.1.attn.past_values"]);
    // The last MLP leaves nothing for later passes.
    let changed = graph.dependents(&[id("blocks.1.mlp.hook_post")]);
    assert!(graph.changed_states(&changed).is_empty());
}

/// A block reads keys and values of an earlier one, two residual streams cross every layer, and a
/// feed-forward runs beside experts. No family here does this yet.
#[test]
fn layers_may_read_whatever_earlier_layers_made() {
    let mut nodes: Vec<Node> = Vec::new();
    let mut add = |layer: Layer, name: &str, operation: Operation, inputs: &[NodeId]| {
        nodes.push(Node {
            name: name.into(),
            hook: true,
            residual: false,
            stack: 0,
            layer,
            operation,
            inputs: inputs.to_vec(),
            weights: Vec::new(),
            shape: Vec::new(),
        });
        NodeId(nodes.len() - 1)
    };
    let (embed, first, second) = (Layer::Embed, Layer::Block(0), Layer::Block(1));
    let tokens = add(embed, "tokens", Operation::Tokens, &[]);
    let streams = [0, 1].map(|i| add(embed, &format!("stream.{i}"), Operation::Copy, &[tokens]));
    let keys = add(first, "0.k", Operation::LINEAR, &streams[..1]);
    let past = add(first, "0.past_keys", Operation::Past, &[]);
    let keys = add(first, "0.keys", Operation::Append, &[keys, past]);
    let values = add(first, "0.values", Operation::LINEAR, &streams[..1]);
    let streams = streams.map(|stream| {
        add(
            first,
            &format!("0.{}", stream.0),
            Operation::Sum,
            &[stream, values],
        )
    });
    let queries = add(second, "1.q", Operation::LINEAR, &streams[1..]);
    let pattern = add(
        second,
        "1.pattern",
        Operation::Pattern { sinks: false },
        &[queries, keys],
    );
    let z = add(second, "1.z", Operation::Mix, &[pattern, values]);
    let shared = add(second, "1.shared", Operation::LINEAR, &[streams[0]]);
    let out = add(second, "1.out", Operation::Sum, &[z, shared]);
    let graph = Graph::of_nodes(nodes);
    let crossing = names(&graph, graph.crossing(1));
    assert_eq!(crossing, ["0.keys", "0.values", "0.1", "0.2"]);
    assert_eq!(graph.entering(2), graph.crossing(1));
    let error = graph.schedule(2, |id| id == queries, &[z]).unwrap_err();
    assert_eq!(error.missing, ["0.keys", "0.values"]);
    let given = [queries, keys, values];
    let schedule = graph.schedule(2, |id| given.contains(&id), &[z]).unwrap();
    assert_eq!(schedule, [pattern, z]);
    // The keys reach the other block's pattern and the next pass; the shared expert reaches neither.
    let changed = graph.dependents(&[keys]);
    assert_eq!(changed, [keys, pattern, z, out]);
    assert_eq!(graph.changed_states(&changed), [past]);
    assert_eq!(graph.dependents(&[shared]), [shared, out]);
}

#[test]
fn blocks_read_keys_and_values_of_others_and_keys_as_values() {
    let graph = Graph::new(&arch("gemma4_text"));
    let inputs = |name: &str| {
        let id = graph.find(name).unwrap();
        names(&graph, &graph.node(id).inputs)
    };
    for (block, of) in [(2, 0), (3, 1)] {
        let scores = inputs(&format!("blocks.{block}.attn.hook_attn_scores"));
        assert_eq!(scores[1], format!("blocks.{of}.attn.keys"));
        let z = inputs(&format!("blocks.{block}.attn.hook_z"));
        assert_eq!(z[1], format!("blocks.{of}.attn.values"));
        let key = graph.find(&format!("blocks.{of}.attn.hook_k")).unwrap();
        let pattern = graph.find(&format!("blocks.{block}.attn.hook_pattern"));
        assert!(graph.dependents(&[key]).contains(&pattern.unwrap()));
    }
    assert_eq!(
        inputs("blocks.1.attn.hook_v_normed"),
        ["blocks.1.attn.hook_k"]
    );
    let latent = Graph::new(&arch("deepseek_v3"));
    let key = latent.find("blocks.0.attn.hook_k_joined").unwrap();
    assert_eq!(
        names(&latent, &latent.node(key).inputs),
        ["blocks.0.attn.hook_k", "blocks.0.attn.hook_rot_k"]
    );
}
