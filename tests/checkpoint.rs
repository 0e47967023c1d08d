//! The embedded model opens and has each of its weights.

use layerwise::checkpoint::{Checkpoint, Encoding, WeightPart};
use layerwise::graph::role::{Param, Role};
use layerwise::trace::hook::Layer;
use layerwise::trace::tensor::Dtype;

#[test]
fn the_embedded_model_opens_with_aligned_weights() {
    let model = Checkpoint::embedded().unwrap();
    let embed = model
        .weight(Layer::Embed, Role::Embed, Param::Weight)
        .unwrap()
        .unwrap();
    assert_eq!(embed.shape, [model.arch.d_vocab, model.arch.d_model]);
    assert_eq!(embed.encoding, Encoding::Plain(Dtype::F32));
    assert_eq!(embed.bytes.len(), embed.shape.iter().product::<usize>() * 4);
    assert!(embed.bytes.as_ptr().cast::<f32>().is_aligned());

    let key = model
        .weight(Layer::Block(1), Role::Key, Param::Weight)
        .unwrap()
        .unwrap();
    assert_eq!(key.shape, [64, 192], "one Conv1D for query, key and value");
    assert!(key.transposed);
    assert_eq!(key.part, Some(WeightPart::Rows(64..128)));

    assert!(
        model
            .weight(Layer::Embed, Role::PosEmbed, Param::Weight)
            .unwrap()
            .is_none()
    );
    assert!(
        model
            .weight(Layer::Block(99), Role::Query, Param::Weight)
            .is_err()
    );
    assert!(model.tokenizer().unwrap().len() <= model.arch.d_vocab);
}
