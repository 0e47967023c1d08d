//! A model's weights under TransformerLens's names, with TransformerLens's axes: `W_E` `[vocab, d_model]`,
//! `blocks.0.attn.W_Q` `[head, d_model, d_head]`, `blocks.0.mlp.W_in` `[d_model, d_mlp]`, `ln_final.w`.
//!
//! A weight that TransformerLens has no name for is named as in the model's own modules.

use super::operation::Operation;
use super::role::{Adapted, Param, Role, Sign};
use super::{Graph, Length, Node, NodeId, Weight};
use crate::trace::hook::{self, Layer};
use crate::trace::plan::{Axis, HookPoint};

/// One weight under its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Its name, axes and shape, in the form of a hook point.
    pub point: HookPoint,
    /// The node that reads it, and the node's name.
    pub node: NodeId,
    pub reader: String,
    pub layer: Layer,
    pub role: Role,
    pub param: Param,
    pub layout: Layout,
}

/// The way from a weight as its role has it (`[out, in]` for a matrix) to the axes of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Same,
    /// `[out, in]` → `[in, out]`
    Turned,
    /// `[head · d_head, in]` → `[head, in, d_head]`
    IntoHeads(usize),
    /// `[out, head · d_head]` → `[head, d_head, out]`
    FromHeads(usize),
    /// `[head · d_head]` → `[head, d_head]`
    Split(usize),
    /// `[part · out, in]` → `[part, out, in]`
    Rows(usize),
    /// Rows from this one on.
    From(usize),
    /// `[channel, 1, tap]` → `[channel, tap]`, or `[head, d_head, tap]` with a number of heads.
    Taps(Option<usize>),
}

impl Graph {
    /// Every weight that the model reads, in the order in which it is read. `gated` says whether an MLP's
    /// activation gates a second projection, since `W_in` is then that second one.
    pub fn named_weights(&self, gated: bool) -> Vec<Named> {
        let mut out: Vec<Named> = Vec::new();
        for (id, node) in self.nodes() {
            for weight in &node.weights {
                for one in members(node, weight) {
                    let key = (node.layer, one.role, one.param);
                    let same = |named: &Named| (named.layer, named.role, named.param) == key;
                    // A weight that two nodes of a layer read stands here once.
                    if !out
                        .iter()
                        .rev()
                        .take_while(|n| n.layer == node.layer)
                        .any(same)
                    {
                        out.push(self.named(id, node, &one, gated));
                    }
                }
            }
        }
        out
    }

    fn named(&self, id: NodeId, node: &Node, weight: &Weight, gated: bool) -> Named {
        let (axes, shape, layout) = self.layout(node, weight);
        let inner = name(weight.role, weight.param, gated);
        Named {
            point: HookPoint {
                name: match node.layer {
                    Layer::Block(i) => format!("blocks.{i}.{inner}"),
                    Layer::Embed | Layer::Unembed => inner,
                },
                axes,
                shape,
            },
            node: id,
            reader: node.name.clone(),
            layer: node.layer,
            role: weight.role,
            param: weight.param,
            layout,
        }
    }

    /// The axes and the shape of a weight under its name.
    fn layout(&self, node: &Node, weight: &Weight) -> (Vec<Axis>, Vec<usize>, Layout) {
        let out = fixed(node);
        let (axes, layout) = match (&node.operation, weight.param) {
            (Operation::Experts(_), Param::Weight) => {
                let model = (Axis::DModel, *weight.shape.last().unwrap_or(&0));
                let mlp = (Axis::DMlp, weight.shape[0]);
                match weight.role {
                    Role::ExpertOut(_) => (
                        vec![(Axis::DMlp, model.1), (Axis::DModel, mlp.1)],
                        Layout::Turned,
                    ),
                    _ => (vec![model, mlp], Layout::Turned),
                }
            }
            (Operation::Experts(_), Param::Bias) => {
                let axis = match weight.role {
                    Role::ExpertOut(_) => Axis::DModel,
                    _ => Axis::DMlp,
                };
                (vec![(axis, weight.shape[0])], Layout::Same)
            }
            (Operation::Linear { .. }, Param::Weight) => {
                let x = fixed(self.node(node.inputs[0]));
                match (&out[..], &x[..]) {
                    (&[head, d_head], &[x]) => (vec![head, x, d_head], Layout::IntoHeads(head.1)),
                    (&[out], &[head, d_head]) => {
                        (vec![head, d_head, out], Layout::FromHeads(head.1))
                    }
                    // Heads of one element are rows, and one group is a row.
                    (&[(_, 1), d], &[head, (_, 1)]) => (vec![head, d], Layout::Turned),
                    _ => ([x, out].concat(), Layout::Turned),
                }
            }
            // A row of each hash of a run.
            (Operation::NGrams(_), _) => {
                let row = (Axis::DEmbed, *weight.shape.last().unwrap_or(&0));
                (vec![(Axis::Vocab, weight.shape[0]), row], Layout::Same)
            }
            (Operation::Lookup { .. } | Operation::ChooseByToken { .. }, _) => {
                let axis = match weight.role {
                    Role::SegmentEmbed => Axis::Segment,
                    _ => Axis::Vocab,
                };
                let rows = (axis, weight.shape[0]);
                ([&[rows], &out[..]].concat(), Layout::Same)
            }
            (Operation::Positions { offset, .. }, _) => {
                let rows = (Axis::Position, weight.shape[0].saturating_sub(*offset));
                ([&[rows], &out[..]].concat(), Layout::From(*offset))
            }
            (Operation::Pattern { .. } | Operation::Unsunk, _) => {
                (vec![(Axis::Head, weight.shape[0])], Layout::Same)
            }
            (Operation::Choose { .. } | Operation::Shares { .. }, _) => {
                (vec![(Axis::Expert, weight.shape[0])], Layout::Same)
            }
            // The learned numbers of an activation, and of the stream.
            (Operation::Activate(_) | Operation::Multiply { .. }, _)
                if !matches!(
                    weight.role,
                    Role::CorrectedScale | Role::KeptByAttention | Role::KeptByMlp
                ) =>
            {
                (
                    weight.shape.iter().map(|&n| (Axis::One, n)).collect(),
                    Layout::Same,
                )
            }
            // An expert's map to queries, and one from what its heads mix.
            (Operation::HeadsIn { .. }, _) => {
                let (heads, d_head) = (head_count(&out, weight.shape[0]), out[1]);
                let model = (Axis::DModel, weight.shape[1]);
                (
                    vec![(Axis::Head, heads), model, d_head],
                    Layout::IntoHeads(heads),
                )
            }
            (Operation::HeadsOut { .. }, _) => {
                let x = fixed(self.node(node.inputs[0]));
                let heads = head_count(&x, weight.shape[1]);
                (
                    vec![(Axis::Head, heads), x[1], out[0]],
                    Layout::FromHeads(heads),
                )
            }
            (Operation::Difference { .. }, _) => (
                vec![(Axis::Rank, weight.members), (Axis::DHead, weight.shape[0])],
                Layout::Same,
            ),
            (Operation::Grouped { .. }, _) => {
                let row = (Axis::DHead, *weight.shape.last().unwrap_or(&0));
                ([&out[..], &[row]].concat(), Layout::Same)
            }
            (Operation::Compress { .. }, _) => {
                let row = (Axis::DHead, *weight.shape.last().unwrap_or(&0));
                (vec![(Axis::Tap, weight.shape[0]), row], Layout::Same)
            }
            (Operation::Open(_) | Operation::Balance { .. }, param) => {
                let axis = match param {
                    Param::Weight => Axis::One,
                    Param::Bias => Axis::Stream,
                };
                (vec![(axis, weight.shape[0])], Layout::Same)
            }
            // A row of taps for each channel.
            (Operation::Convolve { .. }, Param::Weight) => {
                let tap = (Axis::Tap, *weight.shape.last().unwrap_or(&0));
                match out[..] {
                    [head, d] => (vec![head, d, tap], Layout::Taps(Some(head.1))),
                    _ => ([&out[..], &[tap]].concat(), Layout::Taps(None)),
                }
            }
            // A matrix of each block, and a row.
            (Operation::Blocks { turned: false, .. }, _) => {
                let axes = [Axis::Group, Axis::Head, Axis::Head];
                let axes = axes.into_iter().zip(weight.shape.clone());
                (axes.collect(), Layout::Same)
            }
            (Operation::Blocks { count, .. }, _) => {
                let rows = weight.shape.first().copied().unwrap_or(0) / (*count).max(1);
                let columns = weight.shape.last().copied().unwrap_or(0);
                let axes = [
                    (Axis::Group, *count),
                    (Axis::DState, rows),
                    (Axis::DHead, columns),
                ];
                (axes.to_vec(), Layout::Rows(*count))
            }
            // A number of each head, or of each of its elements.
            (
                Operation::Skip
                | Operation::Step { .. }
                | Operation::Decay
                | Operation::BoundedDecay { .. }
                | Operation::GatedDecay { .. }
                | Operation::Learned
                | Operation::Own,
                _,
            ) => {
                let layout = match out[..] {
                    [head, d] if weight.shape == [head.1 * d.1] => Layout::Split(head.1),
                    _ => Layout::Same,
                };
                let axes = weight.shape.len() + usize::from(layout != Layout::Same);
                (out[..axes.min(out.len())].to_vec(), layout)
            }
            _ => match out[..] {
                // All heads' norms, joined or one by one.
                [head, d_head] if weight.members > 1 => (vec![head, d_head], Layout::Same),
                [head, d_head] if weight.shape[0] == head.1 * d_head.1 => {
                    (vec![head, d_head], Layout::Split(head.1))
                }
                [.., last] => (vec![last], Layout::Same),
                [] => (Vec::new(), Layout::Same),
            },
        };
        let (axes, shape) = axes.into_iter().unzip();
        (axes, shape, layout)
    }
}

/// The weights that are shown one by one: an expert each, and the norms of all heads as one.
fn members(node: &Node, weight: &Weight) -> Vec<Weight> {
    match node.operation {
        Operation::Experts(_)
        | Operation::HeadsIn { .. }
        | Operation::HeadsOut { .. }
        | Operation::NGrams(_) => weight.each().collect(),
        _ => vec![weight.clone()],
    }
}

/// The number of heads whose vectors make up `width` numbers.
fn head_count(of_head: &[(Axis, usize)], width: usize) -> usize {
    width / of_head.get(1).map_or(1, |d_head| d_head.1).max(1)
}

/// The axes of a node whose lengths do not depend on the pass.
fn fixed(node: &Node) -> Vec<(Axis, usize)> {
    let fixed = node.shape.iter().filter_map(|dim| match dim.length {
        Length::Fixed(n) => Some((dim.axis, n)),
        _ => None,
    });
    fixed.collect()
}

/// The weight of a layer in this role.
pub fn by_role(weights: &[Named], layer: Layer, role: Role, param: Param) -> Option<&Named> {
    let mut weights = weights.iter();
    weights.find(|named| (named.layer, named.role, named.param) == (layer, role, param))
}

/// The weight, or the bias, that a node reads.
pub fn of_node<'a>(weights: &'a [Named], node: &Node, param: Param) -> Option<&'a Named> {
    let own = node.weights.iter().find(|weight| weight.param == param)?;
    by_role(weights, node.layer, own.role, param)
}

/// The module and the map that an adapter adds to.
fn adapted(of: Adapted) -> (&'static str, &'static str) {
    match of {
        Adapted::Query => ("attn.", "Q"),
        Adapted::Key => ("attn.", "K"),
        Adapted::Value => ("attn.", "V"),
        Adapted::Mlp => ("mlp.", "gate"),
        Adapted::MlpLinear => ("mlp.", "in"),
    }
}

/// A weight's name inside its layer.
fn name(role: Role, param: Param, gated: bool) -> String {
    let matrix = |module: &str, of: &str| match param {
        Param::Weight => format!("{module}W_{of}"),
        Param::Bias => format!("{module}b_{of}"),
    };
    let small = |module: &str| match param {
        Param::Weight => format!("{module}.w"),
        Param::Bias => format!("{module}.b"),
    };
    let large = |module: &str| match param {
        Param::Weight => format!("{module}.W"),
        Param::Bias => format!("{module}.b"),
    };
    // The projection that the activation reads is the gate, where there are two.
    let read = if gated { "gate" } else { "in" };
    match role {
        Role::Embed => matrix("", "E"),
        Role::PosEmbed => matrix("", "pos"),
        Role::SegmentEmbed => matrix("", "token_type"),
        Role::EmbedNorm => small("embed_ln"),
        Role::EmbedOut => large("project_in"),
        Role::Ln1 => small("ln1"),
        Role::Query => matrix("attn.", "Q"),
        Role::Key => matrix("attn.", "K"),
        Role::Value => matrix("attn.", "V"),
        Role::QueryNorm(_) => small("attn.q_norm"),
        Role::KeyNorm(_) => small("attn.k_norm"),
        Role::MixGate => matrix("attn.", "gate"),
        Role::MixNorm => small("attn.z_norm"),
        Role::Sinks => "attn.sinks".into(),
        Role::HeadRouter => matrix("attn.", "router"),
        Role::HeadIn(e) => matrix(&format!("attn.experts.{e}."), "Q"),
        Role::HeadOut(e) => matrix(&format!("attn.experts.{e}."), "O"),
        Role::HeadsBias => "attn.experts_bias".into(),
        Role::ExpertsBias => "mlp.experts_bias".into(),
        Role::KeyGain => matrix("attn.", "gain"),
        Role::KeyGainScale => "attn.gain_scale".into(),
        Role::Lambda(_) => "attn.lambda".into(),
        Role::KeptByAttention => "kept_by_attn".into(),
        Role::KeptByMlp => "kept_by_mlp".into(),
        Role::AttnOut => matrix("attn.", "O"),
        Role::Ln1Post => small("ln1_post"),
        Role::Ln2 => small("ln2"),
        Role::StateQuery => matrix("mixer.", "Q"),
        Role::StateKey => matrix("mixer.", "K"),
        Role::StateValue => matrix("mixer.", "V"),
        Role::ConvolvedQuery => matrix("mixer.", "conv_Q"),
        Role::ConvolvedKey => matrix("mixer.", "conv_K"),
        Role::ConvolvedValue => matrix("mixer.", "conv_V"),
        Role::Step => matrix("mixer.", "step"),
        Role::StepLow => matrix("mixer.", "step_low"),
        Role::StepNorm => small("mixer.step_norm"),
        Role::StateQueryNorm => small("mixer.q_norm"),
        Role::StateKeyNorm => small("mixer.k_norm"),
        Role::StepBias => "mixer.step_bias".into(),
        Role::DecayLog => "mixer.decay_log".into(),
        Role::Beta => matrix("mixer.", "beta"),
        Role::WriteGate => matrix("mixer.", "write_gate"),
        Role::DecayGate => matrix("mixer.", "decay_gate"),
        Role::Bonus => "mixer.bonus".into(),
        Role::SharedLn1 => small("shared_ln1"),
        Role::SharedLn2 => small("shared_ln2"),
        Role::SharedBlockOut => matrix("shared.", "out"),
        Role::AdapterLow(of) => matrix(adapted(of).0, &format!("{}_low", adapted(of).1)),
        Role::AdapterOut(of) => matrix(adapted(of).0, &format!("{}_adapter", adapted(of).1)),
        Role::ShiftKey => "mixer.shift_K".into(),
        Role::ShiftValue => "mixer.shift_V".into(),
        Role::ShiftGate => "mixer.shift_gate".into(),
        Role::ShiftMlp => "mlp.shift".into(),
        Role::ShiftMlpGate => "mlp.shift_gate".into(),
        Role::MlpGate => matrix("mlp.", "out_gate"),
        Role::StateGate => matrix("mixer.", "gate"),
        Role::StateGateLow => matrix("mixer.", "gate_low"),
        Role::StateGateIn => matrix("mixer.", "gate_in"),
        Role::StateNorm => small("mixer.z_norm"),
        Role::Skip => "mixer.skip".into(),
        Role::StateOut => matrix("mixer.", "O"),
        Role::MlpIn => matrix("mlp.", read),
        Role::MlpLinear => matrix("mlp.", "in"),
        Role::MlpOut => matrix("mlp.", "out"),
        Role::NeuronNorm => small("mlp.post_norm"),
        Role::ActivationAlpha(Sign::Above) => "mlp.alpha_above".into(),
        Role::ActivationAlpha(Sign::Below) => "mlp.alpha_below".into(),
        Role::ActivationBeta => "mlp.beta".into(),
        Role::ActivationEps => "mlp.eps".into(),
        Role::RouterChoice => "mlp.router_choice".into(),
        Role::RouterTable => matrix("mlp.", "experts_of"),
        Role::EntryValue => matrix("attn.", "entry"),
        Role::EntryGate => matrix("attn.", "entry_gate"),
        Role::EntryPlace => "attn.entry_place".into(),
        Role::EntryNorm => small("attn.entry_norm"),
        Role::GroupOut => matrix("attn.", "O_group"),
        Role::IndexGate => matrix("attn.", "index_gate"),
        Role::IndexPlace => "attn.index_place".into(),
        Role::SharedIn => matrix("mlp.shared.", read),
        Role::SharedLinear => matrix("mlp.shared.", "in"),
        Role::SharedOut => matrix("mlp.shared.", "out"),
        Role::SharedGate => matrix("mlp.shared.", "open"),
        Role::QueryLatent => matrix("attn.", "Q_down"),
        Role::QueryLatentNorm => small("attn.q_latent_norm"),
        Role::KvLatent => matrix("attn.", "KV_down"),
        Role::KvLatentNorm => small("attn.kv_latent_norm"),
        Role::SharedKey => matrix("attn.", "K_shared"),
        Role::IndexQuery => matrix("attn.", "index_Q"),
        Role::IndexKey => matrix("attn.", "index_K"),
        Role::IndexQueryNorm => small("attn.index_q_norm"),
        Role::IndexKeyNorm => small("attn.index_k_norm"),
        Role::IndexWeight => matrix("attn.", "index_weights"),
        Role::RouterNorm => small("mlp.router_norm"),
        Role::ExpertScale => "mlp.expert_scale".into(),
        Role::ExpertsNorm => small("experts_norm"),
        Role::MlpPost => small("dense_post"),
        Role::ExpertsPost => small("experts_post"),
        Role::LayerEmbed => matrix("layer_embed.", "E"),
        Role::LayerContext => matrix("layer_embed.", "context"),
        Role::LayerContextNorm => small("layer_context"),
        Role::LayerGate => matrix("layer_embed.", "gate"),
        Role::LayerOut => matrix("layer_embed.", "out"),
        Role::LayerOutNorm => small("layer_embed_post"),
        Role::StreamIn(i) => matrix("altup.", &format!("stream_{}", i + 1)),
        Role::StreamOut(i) => matrix("altup.", &format!("merge_{}", i + 1)),
        Role::ModesNorm => small("altup_norm"),
        Role::Modes => matrix("altup.", "modes"),
        Role::Predict => matrix("altup.", "predict"),
        Role::Correct => matrix("altup.", "correct"),
        Role::CorrectedScale => "altup.scale".into(),
        Role::LowRankIn => matrix("low_rank.", "down"),
        Role::LowRankOut => matrix("low_rank.", "up"),
        Role::BottleneckNorm => small("bottleneck_ln"),
        Role::BottleneckIn => matrix("bottleneck.", "in"),
        Role::BottleneckOut => matrix("bottleneck.", "out"),
        Role::LowRankNorm => small("low_rank_post"),
        Role::StreamsRead(half) => matrix(&format!("{}.", half.module()), "read"),
        Role::StreamsWrite(half) => matrix(&format!("{}.", half.module()), "write"),
        Role::StreamsMix(half) => matrix(&format!("{}.", half.module()), "mix"),
        Role::StreamsReadBy(half) => small(&format!("{}.read", half.module())),
        Role::StreamsWriteBy(half) => small(&format!("{}.write", half.module())),
        Role::StreamsMixBy(half) => small(&format!("{}.mix", half.module())),
        Role::NormGateLow(half) => matrix(&format!("{}.", half.norm()), "gate_low"),
        Role::NormGate(half) => matrix(&format!("{}.", half.norm()), "gate"),
        Role::StreamsNorm(half) => small(&format!("{}.norm", half.module())),
        Role::StreamsReadLow(half) => matrix(&format!("{}.", half.module()), "read_low"),
        Role::NGramTable(i) => matrix(&format!("ngrams.{i}."), "E"),
        Role::NGramTableEnd => matrix("ngrams.end.", "E"),
        Role::NGramKey => matrix("ngrams.", "K"),
        Role::NGramKeyNorm => small("ngrams.k_norm"),
        Role::NGramValue => matrix("ngrams.", "V"),
        Role::NGramQueryNorm => small("ngrams.q_norm"),
        Role::NGramConvolvedNorm => small("ngrams.gated_norm"),
        Role::NGramConvolved => matrix("ngrams.", "conv"),
        Role::BlockScale => "block_scale".into(),
        Role::Router => matrix("mlp.", "router"),
        Role::ExpertIn(e) => matrix(&format!("mlp.experts.{e}."), read),
        Role::ExpertLinear(e) => matrix(&format!("mlp.experts.{e}."), "in"),
        Role::ExpertOut(e) => matrix(&format!("mlp.experts.{e}."), "out"),
        Role::Ln2Post => small("ln2_post"),
        Role::Pooler => large("pooler"),
        Role::Transform => large("mlm_head"),
        Role::HeadNorm => small("mlm_head.ln"),
        Role::LnFinal => small("ln_final"),
        Role::UnembedIn => large("project_out"),
        Role::Unembed => matrix("", "U"),
    }
}

/// The weight that `text` means: its name, `0.attn.W_Q`, `0.W_Q`, or TransformerLens's name of the parameter, such
/// as `embed.W_E`.
pub fn find<'a>(weights: &'a [Named], text: &str) -> Option<&'a Named> {
    let plain = ["embed.", "pos_embed.", "unembed."];
    let plain = plain.iter().find_map(|module| text.strip_prefix(module));
    let plain = plain.filter(|rest| rest.starts_with("W_") || rest.starts_with("b_"));
    let text = plain.unwrap_or(text);
    // Programs ask by full names, often, and spellings take longer.
    let exact = weights.iter().find(|w| w.point.name == text);
    let spelled = |w: &&Named| spellings(&w.point.name).iter().any(|form| form == text);
    exact.or_else(|| weights.iter().find(spelled))
}

/// Every form in which people may write the name of a weight, the full one first.
pub fn spellings(name: &str) -> Vec<String> {
    let mut forms = vec![name.to_owned()];
    if let Some(Layer::Block(i)) = hook::layer_of(name) {
        forms.push(name["blocks.".len()..].to_owned());
        let leaf = hook::leaf(name);
        let alone = leaf.starts_with("W_") || leaf.starts_with("b_") || leaf == "sinks";
        if alone && !name.contains(".experts.") {
            forms.push(format!("blocks.{i}.{leaf}"));
            forms.push(format!("{i}.{leaf}"));
        }
    }
    forms
}

/// Weights whose names are like `text`, the nearest first, if few edits lead to them.
pub fn nearest<'a>(weights: &'a [Named], text: &str) -> Vec<&'a Named> {
    let typed = text.to_lowercase();
    let edits = |named: &Named| {
        let leaf = hook::leaf(&named.point.name).to_owned();
        let forms = spellings(&named.point.name).into_iter().chain([leaf]);
        forms
            .map(|form| strsim::levenshtein(&typed, &form.to_lowercase()))
            .min()
    };
    let mut near: Vec<(usize, &Named)> = (weights.iter())
        .filter_map(|named| Some((edits(named)?, named)))
        .filter(|(edits, _)| *edits <= 1 + typed.chars().count() / 6)
        .collect();
    near.sort_by_key(|(edits, _)| *edits);
    near.into_iter().map(|(_, named)| named).collect()
}
