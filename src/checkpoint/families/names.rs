//! The table of a family's weight names.

use crate::graph::role::{Param, Role};
use crate::trace::hook::Layer;

/// Where a family keeps the weight of one role.
pub(in crate::checkpoint) struct Name {
    pub role: Role,
    pub param: Param,
    /// The tensor's name, `{}` standing for the block's number and `{i}` for the expert's or head's.
    template: String,
    /// Stored `[in, out]`.
    pub transposed: bool,
    pub layout: Layout,
    /// The number of those alike (experts) that stand in this one tensor, along an axis before all
    /// others.
    pub stack: Option<usize>,
    /// As `template`, in files that keep it alone, `[out, in]`.
    pub unfused: Option<String>,
}

/// What else stands in a tensor, along its output axis.
#[derive(Clone)]
pub(in crate::checkpoint) enum Layout {
    /// Nothing.
    Alone,
    /// The weights of these roles, one after the other.
    Fused(&'static [Role]),
    /// `width` outputs of each of `members` roles in turns.
    Interleaved {
        width: usize,
        member: usize,
        members: usize,
    },
}

impl Name {
    /// Whether blocks have one.
    pub fn in_block(&self) -> bool {
        self.template.contains("{}")
    }

    /// The tensor's name in one layer.
    pub fn full(&self, layer: Layer) -> String {
        let mut name = self.template.clone();
        if let Layer::Block(block) = layer {
            name = name.replace("{}", &block.to_string());
        }
        if let Some(member) = self.role.member() {
            name = name.replace("{i}", &member.to_string());
        }
        name
    }

    /// The name in files that keep it alone, where there are such.
    pub fn unfused(&self) -> Option<Name> {
        self.unfused.clone().map(|template| Name {
            role: self.role,
            param: self.param,
            template,
            transposed: false,
            layout: Layout::Alone,
            stack: None,
            unfused: None,
        })
    }
}

/// A table in the making.
#[derive(Default)]
pub(super) struct Names(Vec<Name>);

impl Names {
    /// A tensor that holds one role's weight and nothing else.
    pub fn weight(&mut self, role: Role, template: impl Into<String>) -> &mut Name {
        self.one(role, Param::Weight, template.into())
    }

    /// A tensor that holds one role's bias and nothing else.
    pub fn bias(&mut self, role: Role, template: impl Into<String>) -> &mut Name {
        self.one(role, Param::Bias, template.into())
    }

    /// `module.weight`, and `module.bias` where there is one: a linear layer or a norm.
    pub fn module(&mut self, role: Role, module: &str, bias: bool) {
        self.weight(role, format!("{module}.weight"));
        if bias {
            self.bias(role, format!("{module}.bias"));
        }
    }

    /// The same stored `[in, out]`.
    pub fn transposed(&mut self, role: Role, module: &str) {
        self.weight(role, format!("{module}.weight")).transposed = true;
        self.bias(role, format!("{module}.bias"));
    }

    /// A linear layer whose outputs are those of `roles`, one after the other.
    pub fn fused(&mut self, roles: &'static [Role], module: &str, bias: bool) {
        for &role in roles {
            self.weight(role, format!("{module}.weight")).layout = Layout::Fused(roles);
            if bias {
                self.bias(role, format!("{module}.bias")).layout = Layout::Fused(roles);
            }
        }
    }

    /// A linear layer whose outputs are `width` of each of `roles` in turns.
    pub fn interleaved(&mut self, roles: &[Role], module: &str, width: usize, bias: bool) {
        for (member, &role) in roles.iter().enumerate() {
            let layout = Layout::Interleaved {
                width,
                member,
                members: roles.len(),
            };
            self.weight(role, format!("{module}.weight")).layout = layout.clone();
            if bias {
                self.bias(role, format!("{module}.bias")).layout = layout;
            }
        }
    }

    /// The unembedding, which is the embedding again where they are tied.
    pub fn unembed(&mut self, tied: bool, embed: &str, head: &str) {
        self.weight(Role::Unembed, if tied { embed } else { head });
    }

    pub fn into_vec(self) -> Vec<Name> {
        self.0
    }

    fn one(&mut self, role: Role, param: Param, template: String) -> &mut Name {
        let index = self.0.len();
        self.0.push(Name {
            role,
            param,
            template,
            transposed: false,
            layout: Layout::Alone,
            stack: None,
            unfused: None,
        });
        &mut self.0[index]
    }
}
